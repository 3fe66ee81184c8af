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

/**
 * Rows with a heading for each column. In a narrow window each row is a block, and each cell has its heading, unless there
 * are two columns.
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
            {columns.map((column) => (
              <td key={column.label} data-label={column.label} className={column.numeric ? "numeric" : undefined}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
