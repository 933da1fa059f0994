package io.maas.training.data;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.nio.charset.StandardCharsets;

/** SHA-256 over columns, read in portions; the same for the same rows in the same order, wherever they lie. */
final class DataHash {
    private final Hasher hasher = Hashing.sha256().newHasher();

    void add(String name) {
        hasher.putBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    void add(View column) {
        ColumnKind kind = column.kind();
        hasher.putBytes(kind.toString().getBytes(StandardCharsets.UTF_8));
        if (kind.dataType() == DataType.STRING) {
            column.read((rows, first) -> addTexts(rows));
        } else if (column.storage() instanceof SequenceRows sequences) {
            hasher.putDouble(sequences.padding());
            for (int i = 0; i < column.index().size(); i++) {
                sequences.putInto(hasher, column.index().at(i));
            }
        } else {
            hasher.putBytes(
                    Longs.toByteArray(kind.shape().elements() * kind.dataType().byteSize()));
            column.read((rows, first) -> hasher.putBytes(rows.bytes()));
        }
    }

    private void addTexts(Tensor rows) {
        for (String text : rows.strings()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            hasher.putBytes(Longs.toByteArray(bytes.length));
            hasher.putBytes(bytes);
        }
    }

    /** In lower-case hex. */
    @Override
    public String toString() {
        return hasher.hash().toString();
    }
}
