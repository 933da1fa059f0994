package io.maas.training.data;

import io.maas.tensor.DataType;

/** What the cells of a table's column are. */
public enum ColumnType {
    /** Finite float64 numbers; NaN where a value is missing. */
    NUMBER(DataType.FLOAT64),
    /** int64 numbers; none is missing. A column of whole numbers with gaps is a {@link #NUMBER}. */
    INTEGER(DataType.INT64),
    /** Text; the empty string where a value is missing. */
    TEXT(DataType.STRING);

    private final DataType dataType;

    ColumnType(DataType dataType) {
        this.dataType = dataType;
    }

    /** The type of the tensors that hold such a column. */
    public DataType dataType() {
        return dataType;
    }
}
