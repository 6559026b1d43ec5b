/** A text field for statements, with the numbers of its lines: what errors name. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";

const LINES_MIN = 8;

export interface SqlEditorProps {
  readonly sql: string;
  readonly onChange: (sql: string) => void;
  readonly onRun: () => void;
}

export function SqlEditor({ sql, onChange, onRun }: SqlEditorProps): JSX.Element {
  const numbers = useRef<HTMLPreElement>(null);
  const lines = Math.max(sql.split("\n").length, LINES_MIN);
  return (
    <div class="editor card">
      <pre ref={numbers} class="editor-lines" aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => i + 1).join("\n")}
      </pre>
      <textarea
        class="editor-text"
        aria-label="SQL statement"
        aria-keyshortcuts="Control+Enter"
        rows={Math.min(lines, 24)}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        value={sql}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        onScroll={({ currentTarget }) => {
          if (numbers.current !== null) numbers.current.scrollTop = currentTarget.scrollTop;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onRun();
        }}
      />
    </div>
  );
}
