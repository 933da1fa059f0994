package io.maas.api.wire;

import java.util.List;

/**
 * A data set that a server keeps for training jobs.
 *
 * @param id what jobs call it: its name and a part of the hash of its content
 * @param format {@code csv} or {@code jsonl}
 * @param bytes the length of its file
 * @param sha256 of its file, in hex
 * @param owner who uploaded it
 * @param created when, by ISO 8601
 */
public record DataSetInfo(
        String id,
        String name,
        String format,
        long bytes,
        String sha256,
        long rows,
        List<Column> columns,
        String owner,
        String created) {
    /**
     * A column.
     *
     * @param type {@code number}, {@code integer} or {@code text}
     */
    public record Column(String name, String type) {}

    public DataSetInfo {
        columns = List.copyOf(columns);
    }
}
