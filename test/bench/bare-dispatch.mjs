// A host whose dispatch pipeline can be taken out: then every message goes straight to its handler and the answer straight out. No
// throttle, no counters, no hooks, no faults; only good for saying what all of these cost where nobody uses them.
const { SessionDispatcher } = await import(
  new URL("../../packages/server/dist/dispatch/session-dispatcher.js", import.meta.url).href
);

/**
 * @param {Readonly<Record<string, (args: object) => unknown>>} handlers of the one service of this process; they return at once
 * @returns {(isBare: boolean) => void} takes the pipeline out, and puts it back: what is compared shares a process, and all else in it
 */
export function removablePipeline(handlers) {
  let isBare = false;
  const { dispatch } = SessionDispatcher.prototype;
  SessionDispatcher.prototype.dispatch = function removableDispatch(message) {
    if (!isBare) return dispatch.call(this, message);
    const { channel } = this.session;
    const { operation, args } = message.body;
    if (operation.isOneWay) channel.unanswered(message);
    const result = handlers[operation.key](args);
    channel.processed(message.messageNumber);
    if (operation.isOneWay) return;
    channel.reply(message.messageId, operation.replyAction, (writer) => operation.reply.write(writer, result), false);
  };
  return (value) => {
    isBare = value;
  };
}
