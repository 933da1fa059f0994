package io.maas.training.data;

import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A column of texts: numbers of texts in a dictionary as long as there are few, texts themselves from some group on.
 *
 * <p>Immutable and thread-safe.
 */
final class StoredTexts implements StoredColumn {
    private final String[] dictionary;
    private final Layout layout;

    /** @param dictionary the texts by number, the empty one first */
    StoredTexts(String[] dictionary, Layout layout) {
        this.dictionary = dictionary;
        this.layout = layout;
    }

    @Override
    public ColumnType type() {
        return ColumnType.TEXT;
    }

    @Override
    public Tensor range(int from, int to) {
        String[] texts = new String[to - from];
        Reading reading = new Reading();
        for (int i = 0; i < texts.length; i++) {
            texts[i] = reading.text(from + i);
        }
        return Tensor.of(texts);
    }

    @Override
    public Tensor gather(int[] index, int from, int to) {
        String[] texts = new String[to - from];
        Reading reading = new Reading();
        for (int i = 0; i < texts.length; i++) {
            texts[i] = reading.text(index[from + i]);
        }
        return Tensor.of(texts);
    }

    /** Reads row after row, and keeps the block that it is at. */
    private final class Reading {
        private int group = -1;
        private BlockKind kind = BlockKind.NONE;
        private ByteBuffer block = ByteBuffer.allocate(0);

        String text(int row) {
            int next = layout.group(row, Math.max(group, 0));
            if (next != group) {
                enter(next);
            }
            int at = row - layout.firstRow(group);
            return switch (kind) {
                case NONE -> "";
                case CODES -> dictionary[block.getInt(Integer.BYTES * at)];
                case TEXTS -> decode(at);
                case INTEGERS, NUMBERS -> throw new IllegalStateException("block of texts: " + kind);
            };
        }

        private void enter(int next) {
            group = next;
            kind = layout.kind(group);
            block = layout.block(group);
        }

        private String decode(int at) {
            int texts = Integer.BYTES * layout.rows(group);
            int start = at == 0 ? 0 : block.getInt(Integer.BYTES * (at - 1));
            byte[] bytes = new byte[block.getInt(Integer.BYTES * at) - start];
            block.get(texts + start, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
