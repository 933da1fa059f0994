package io.maas.training.data;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;

/** The hash of a table's content: names, types and cells, in a form that depends on neither storage nor platform. */
final class TableHash {
    private TableHash() {}

    static String of(Table table) {
        Hasher whole = Hashing.sha256().newHasher().putInt(table.rows());
        for (String name : table.names()) {
            putText(whole, name);
            putText(whole, table.type(name).name());
            whole.putBytes(column(table, name));
        }
        return whole.hash().toString();
    }

    private static byte[] column(Table table, String name) {
        Hasher hasher = Hashing.sha256().newHasher();
        for (int from = 0; from < table.rows(); from += Table.PORTION) {
            Tensor cells = table.column(name, from, Math.min(table.rows(), from + Table.PORTION));
            switch (table.type(name)) {
                case NUMBER -> putNumbers(hasher, cells.doubles());
                case INTEGER -> putIntegers(hasher, cells.longs());
                case TEXT -> cells.strings().forEach(text -> putText(hasher, text));
            }
        }
        return hasher.hash().asBytes();
    }

    private static void putNumbers(Hasher hasher, DoubleBuffer cells) {
        ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * cells.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        while (cells.hasRemaining()) {
            // One form of NaN.
            bytes.putLong(Double.doubleToLongBits(cells.get()));
        }
        hasher.putBytes(bytes.flip());
    }

    private static void putIntegers(Hasher hasher, LongBuffer cells) {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * cells.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(cells);
        hasher.putBytes(bytes);
    }

    private static void putText(Hasher hasher, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        hasher.putInt(bytes.length).putBytes(bytes);
    }
}
