/** Loaded into a daemon at its start: at a message it collects garbage and reports its memory. */
process.on('message', () => {
  global.gc();
  process.send(process.memoryUsage());
});
process.channel.unref();
