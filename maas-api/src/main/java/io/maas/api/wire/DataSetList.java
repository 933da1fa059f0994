package io.maas.api.wire;

import java.util.List;

/** The data sets that somebody may use, by id. */
public record DataSetList(List<DataSetInfo> dataSets) {
    public DataSetList {
        dataSets = List.copyOf(dataSets);
    }
}
