/** The link and the clock of the lab, and the faults of a session. */
export const NetworkView = ({ sessionId }: { sessionId: string | undefined }) => <h1>Network {sessionId}</h1>;
