package io.maas.training.data;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;

/** Rows of texts, as many in each. */
final class TextRows implements Storage {
    private final Shape shape;
    private final List<String> texts;
    private final int perRow;

    TextRows(Tensor all) {
        this(all.shape(), all.strings());
    }

    private TextRows(Shape shape, List<String> texts) {
        this.shape = shape;
        this.texts = texts;
        this.perRow = Math.toIntExact(shape.elementsPerRow());
    }

    @Override
    public DataType dataType() {
        return DataType.STRING;
    }

    @Override
    public int rows() {
        return Math.toIntExact(shape.size(0));
    }

    @Override
    public Shape shape(int rows) {
        return shape.withRows(rows);
    }

    /** A reference and a short text. */
    @Override
    public long bytesPerRow() {
        return 64L * Math.max(1, perRow);
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public int elementsOf(int row) {
        return perRow;
    }

    @Override
    public Tensor slice(int from, int to) {
        return tensor(texts.subList(from * perRow, to * perRow).toArray(new String[0]), to - from);
    }

    @Override
    public Tensor gather(int[] rows, int count, int multiple, Slot slot) {
        String[] gathered = new String[Math.multiplyExact(count, perRow)];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < perRow; j++) {
                gathered[i * perRow + j] = texts.get(rows[i] * perRow + j);
            }
        }
        return tensor(gathered, count);
    }

    private Tensor tensor(String[] values, int rows) {
        return Tensor.of(values, shape.withRows(rows).toArray());
    }

    @Override
    public Storage reshaped(Shape other) {
        return new TextRows(other.withRows(rows()), texts);
    }

    @Override
    public long hash(int row, long before) {
        long hash = before;
        for (int i = row * perRow; i < (row + 1) * perRow; i++) {
            String text = texts.get(i);
            for (int j = 0; j < text.length(); j++) {
                hash = RowHashes.mix(hash, text.charAt(j));
            }
            hash = RowHashes.mix(hash, text.length());
        }
        return hash;
    }

    @Override
    public void requireFinite(String what) {
        // Texts are what they are.
    }
}
