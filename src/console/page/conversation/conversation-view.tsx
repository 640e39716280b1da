/** What some sockets say to each other, as a ladder. */
export const ConversationView = ({ socketIds }: { socketIds: readonly string[] }) => (
  <h1>Conversation of {socketIds.length} sockets</h1>
);
