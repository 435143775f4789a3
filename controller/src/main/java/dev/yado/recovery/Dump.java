package dev.yado.recovery;

import java.util.List;

/**
 * What the disk {@code database} of a backup has.
 *
 * @param schema the version of the newest migration
 * @param tables in an order in which they can be loaded: what a table refers to comes before it
 */
record Dump(String schema, List<Table> tables, List<Sequence> sequences) {
    Dump {
        tables = List.copyOf(tables);
        sequences = List.copyOf(sequences);
    }

    /** @param offset where its rows begin, as PostgreSQL's COPY writes them as text */
    record Table(String name, List<String> columns, long offset, long length, long rows) {
        Table {
            columns = List.copyOf(columns);
        }
    }

    /** @param called whether {@code value} has been given out */
    record Sequence(String name, long value, boolean called) {}
}
