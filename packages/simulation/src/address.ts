/** Where the simulated service lives. */
export const address = "net.tcp://simulation:808/count";
