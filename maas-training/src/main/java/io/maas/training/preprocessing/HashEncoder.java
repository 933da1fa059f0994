package io.maas.training.preprocessing;

import com.google.common.hash.HashCode;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** {@link HashBuckets}, ready to be used. */
record HashEncoder(List<RawColumn> columns, String output, int buckets, List<Places> written) implements Encoder {
    private static final HashFunction HASH = Hashing.murmur3_32_fixed();

    static HashEncoder of(List<RawColumn> columns, String output, int buckets, Encoding encoding) {
        List<String> names = encoding == Encoding.ONE_HOT
                ? IntStream.range(0, buckets).mapToObj(bucket -> "#" + bucket).toList()
                : List.of();
        return new HashEncoder(
                columns,
                output,
                buckets,
                columns.stream()
                        .map(column -> new Places(column.name(), names, encoding))
                        .toList());
    }

    @Override
    public DataType dataType() {
        return written.get(0).dataType();
    }

    @Override
    public List<String> features() {
        return written.stream().flatMap(each -> each.features().stream()).toList();
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        int place = at;
        for (int i = 0; i < columns.size(); i++) {
            RawColumn column = columns.get(i);
            Places places = written.get(i);
            Tensor cells = column.in(rows);
            if (column.dataType() == DataType.STRING) {
                List<String> texts = cells.strings();
                for (int row = 0; row < texts.size(); row++) {
                    places.encode(block, row, place, bucket(hash(texts.get(row))));
                }
            } else {
                long[] numbers = cells.toLongArray();
                for (int row = 0; row < numbers.length; row++) {
                    places.encode(block, row, place, bucket(HASH.hashLong(numbers[row])));
                }
            }
            place += places.width();
        }
    }

    private int bucket(HashCode hash) {
        return Integer.remainderUnsigned(hash.asInt(), buckets);
    }

    private static HashCode hash(String text) {
        Hasher hasher = HASH.newHasher(3 * text.length());
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit > 0 && unit < 0x80) {
                hasher.putByte((byte) unit);
            } else if (unit < 0x800) {
                hasher.putByte((byte) (0xc0 | (unit >> 6))).putByte((byte) (0x80 | (unit & 0x3f)));
            } else {
                hasher.putByte((byte) (0xe0 | (unit >> 12)))
                        .putByte((byte) (0x80 | ((unit >> 6) & 0x3f)))
                        .putByte((byte) (0x80 | (unit & 0x3f)));
            }
        }
        return hasher.hash();
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            Value hash = b.foreign(
                    "com.microsoft",
                    1,
                    "MurmurHash3",
                    Attributes.of("positive", 1, "seed", 0),
                    new GraphBuilder.Result(DataType.UINT32, Shape.symbolic(FittedPreprocessing.BATCH)),
                    Places.input(inputs, columns.get(i)));
            Value size = b.constant(Tensor.scalar((long) buckets));
            Value places = b.node(Op.MOD, Attributes.none(), b.cast(hash, DataType.INT64), size);
            parts.add(written.get(i).write(b, places));
        }
        return NumbersEncoder.concat(b, parts);
    }

    @Override
    public String line() {
        return "hash: " + buckets + " buckets";
    }
}
