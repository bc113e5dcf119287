/** An unknown caller may send no more than this before it is known. */
const FIRST_LINE = 4096;

/**
 * Messages over a socket, each a line of JSON.
 *
 * @param {import('node:net').Socket} socket
 * @param {(message: unknown, takeLongLines: () => void) => void} onMessage
 */
export function readLines(socket, onMessage) {
  let text = '';
  let limit = FIRST_LINE;
  const takeLongLines = () => void (limit = Infinity);
  socket.setEncoding('utf8');
  socket.setNoDelay(true);
  socket.on('data', (part) => {
    text += String(part);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      /** @type {unknown} */
      let message;
      try {
        message = JSON.parse(line);
      } catch {
        return void socket.destroy();
      }
      if (typeof message !== 'object' || message === null) return void socket.destroy();
      onMessage(message, takeLongLines);
    }
    if (text.length > limit) socket.destroy();
  });
}

/**
 * @param {import('node:net').Socket} socket
 * @param {object} message
 */
export function writeLine(socket, message) {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}
