/** One socket: its place among the states, its calls, and what happened to it. */
export const SocketView = ({ socketId }: { socketId: string }) => <h1>Socket {socketId}</h1>;
