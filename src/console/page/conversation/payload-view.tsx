import { payloadHex, payloadText } from '../../model/payload.js';
import './payload-view.css';

/** The most bytes that are shown. */
const MOST = 256;

/**
 * Bytes as text and as hex.
 *
 * @param bytes the first captured bytes
 * @param total how many bytes the call moved
 */
export const PayloadView = ({ bytes, total }: { bytes: Uint8Array; total: number }) => {
  const { text, isUtf8, rest } = payloadText(bytes, MOST);
  const { rows, rest: hexRest } = payloadHex(bytes, MOST);
  return (
    <div class="payload">
      <h3>As text</h3>
      <pre class="payload-text">
        <bdi>{text}</bdi>
      </pre>
      <p class="payload-note">
        {!isUtf8 && 'The bytes are not UTF-8. '}
        <Rest of={total} shown={bytes.length - rest} />
      </p>
      <h3>As bytes</h3>
      <table class="payload-hex">
        <thead>
          <tr>
            <th scope="col">Offset</th>
            <th scope="col">Bytes</th>
            <th scope="col">Characters</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ offset, hex, characters }) => (
            <tr key={offset}>
              <th scope="row">{offset}</th>
              <td>{hex.join(' ')}</td>
              <td>{characters}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="payload-note">
        <Rest of={total} shown={bytes.length - hexRest} />
      </p>
    </div>
  );
};

const Rest = ({ of, shown }: { of: number; shown: number }) =>
  shown < of ? (
    <>
      The first {shown.toLocaleString('en')} of {of.toLocaleString('en')} bytes.
    </>
  ) : null;
