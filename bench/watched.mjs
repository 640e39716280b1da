/** Loaded into a daemon before it: it collects its garbage when it is asked to and says what remains. */
process.on('message', () => {
  global.gc();
  process.send(process.memoryUsage());
});
process.channel.unref();
