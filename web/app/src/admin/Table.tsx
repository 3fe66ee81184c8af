import type { ReactNode } from "react";

export type Column<R> = { label: string; cell: (row: R) => ReactNode; numeric?: boolean };
type Props<R> = {
  label: string;
  columns: Column<R>[];
  rows: R[];
  rowKey: (row: R) => string;
  empty: string;
  rowTone?: (row: R) => string | undefined;
};

const PAIR = 2;
/** The cell of a row without a value. */
const NOTHING = "–";

/**
 * Rows with a heading for each column. In a narrow window each row is a block, and each cell has its heading, and those
 * without a value are left out, unless there are two columns.
 */
export function Table<R>({ label, columns, rows, rowKey, empty, rowTone }: Props<R>) {
  if (rows.length === 0) return <p className="muted">{empty}</p>;
  return (
    <table className={columns.length > PAIR ? "figures" : "figures pair"} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.label} scope="col" className={column.numeric ? "numeric" : undefined}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={rowTone?.(row)}>
            {columns.map((column) => {
              const value = column.cell(row);
              return (
                <td
                  key={column.label}
                  data-label={column.label}
                  data-empty={value === NOTHING || undefined}
                  className={column.numeric ? "numeric" : undefined}
                >
                  {value}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
