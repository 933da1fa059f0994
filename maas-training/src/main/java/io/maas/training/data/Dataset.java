package io.maas.training.data;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.LossScope;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Examples to learn from: rows of features, each with its target, and further columns that losses ask for. Every floating-point
 * value is finite.
 *
 * <p>Immutable and thread-safe.
 */
public final class Dataset {
    private final Tensor features;
    private final Tensor targets;
    private final List<String> columns;
    private final Tensors extras;

    private Dataset(Tensor features, Tensor targets, List<String> columns, Tensors extras) {
        this.features = features;
        this.targets = targets;
        this.columns = columns;
        this.extras = extras;
    }

    /**
     * A data set over these tensors; nothing is copied.
     *
     * @param features float32 or float64 {@code [rows, …]}; the network computes in their type. Or int64, as for an embedding;
     *     the network then computes in float32
     * @param targets {@code [rows, …]}: int64 class indices, or numbers of the features' type
     * @throws InvalidInputException if there are no rows, types or numbers of rows do not fit, or a value is not finite; the
     *     message names row and column
     */
    public static Dataset of(Tensor features, Tensor targets) {
        DataType type = features.dataType();
        if (type != DataType.FLOAT32 && type != DataType.FLOAT64 && type != DataType.INT64) {
            throw new InvalidInputException(
                    "features: " + features + " (expected: float32 or float64, or int64 indices); convert the values");
        }
        boolean numbers = type == DataType.INT64 ? isReal(targets) : targets.dataType() == type;
        if (targets.dataType() != DataType.INT64 && !numbers) {
            throw new InvalidInputException(
                    "targets: " + targets + " (expected: int64 class indices, or the type of the" + " features "
                            + features + "); convert the values");
        }
        if (features.shape().rank() < 2
                || targets.shape().rank() < 1
                || features.shape().size(0) != targets.shape().size(0)
                || features.shape().size(0) == 0) {
            throw new InvalidInputException(
                    "rows: features " + features + " and targets " + targets
                            + " (expected: features [rows, …] and targets [rows] or [rows, …] with the same number of rows > 0)");
        }
        Dataset data = new Dataset(features, targets, List.of(), Tensors.none());
        data.requireFinite(features, "features");
        data.requireFinite(targets, "targets");
        return data;
    }

    private static boolean isReal(Tensor tensor) {
        return tensor.dataType() == DataType.FLOAT32 || tensor.dataType() == DataType.FLOAT64;
    }

    /** With names for the columns of two-axis features. */
    public Dataset withColumns(List<String> names) {
        Require.that(
                features.shape().rank() == 2 && names.size() == features.shape().size(1),
                "columns",
                names.size(),
                "one name for each column of features " + features);
        return new Dataset(features, targets, List.copyOf(names), extras);
    }

    /**
     * With one more column, which losses and networks of several inputs ask for by its name, such as {@code weight}; in place of
     * one of that name. The column {@value LossScope#TARGET} is that of the targets.
     *
     * @param values {@code [rows, …]}; nothing is copied
     * @throws InvalidInputException if the number of rows is another, or a value is not finite
     */
    public Dataset with(String name, Tensor values) {
        if (name.equals(LossScope.TARGET)) {
            return new Dataset(features, of(features, values).targets, columns, extras);
        }
        if (values.shape().rank() < 1 || values.shape().size(0) != rows()) {
            throw new InvalidInputException(name + ": " + values + " (expected: [" + rows()
                    + ", …], as the features have " + rows() + " rows)");
        }
        requireFinite(values, name);
        Map<String, Tensor> all = extras.toMap();
        all.put(name, values);
        return new Dataset(features, targets, columns, Tensors.copyOf(all));
    }

    /** {@code [rows, …]}. */
    public Tensor features() {
        return features;
    }

    /** {@code [rows, …]}. */
    public Tensor targets() {
        return targets;
    }

    /** The column of that name, {@code [rows, …]}, or null; {@value LossScope#TARGET} names the targets. */
    public @Nullable Tensor find(String name) {
        return name.equals(LossScope.TARGET) ? targets : extras.find(name);
    }

    /** The further columns by name, {@code [rows, …]} each. */
    public Tensors extras() {
        return extras;
    }

    /** The names of the features' columns; empty if not known. */
    public List<String> columns() {
        return columns;
    }

    public int rows() {
        return Math.toIntExact(features.shape().size(0));
    }

    /** Rows {@code [from, to)}; shares this data set's memory. */
    public Dataset rows(int from, int to) {
        return new Dataset(features.rows(from, to), targets.rows(from, to), columns, extras.rows(from, to));
    }

    /** The rows in another order that depends on the seed alone. */
    public Dataset shuffled(long seed) {
        return select(order(seed));
    }

    /**
     * Cuts at random.
     *
     * @param testFraction the share of the rows that is held out, {@code 0 < testFraction < 1}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     */
    public Split split(double testFraction, long seed) {
        int held = held(testFraction);
        int[] order = order(seed);
        boolean[] inTest = new boolean[rows()];
        for (int i = 0; i < held; i++) {
            inTest[order[i]] = true;
        }
        return cut(order, inTest, held);
    }

    /**
     * Cuts at random so that each class has the same share in both parts, to within one row.
     *
     * @param testFraction the share of the rows that is held out, {@code 0 < testFraction < 1}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     * @throws IllegalStateException unless targets are class indices {@code [rows]}
     */
    public Split stratifiedSplit(double testFraction, long seed) {
        if (targets.dataType() != DataType.INT64 || targets.shape().rank() != 1) {
            throw new IllegalStateException("targets: " + targets + " (expected: int64 [rows]); use split(…)");
        }
        int held = held(testFraction);
        int[] order = order(seed);
        return cut(order, Strata.choose(targets.toLongArray(), order, testFraction, held), held);
    }

    private int held(double testFraction) {
        Require.that(testFraction > 0 && testFraction < 1, "testFraction", testFraction, "0 < testFraction < 1");
        int held = (int) Math.round(testFraction * rows());
        Require.that(
                held > 0 && held < rows(),
                "testFraction",
                testFraction,
                "a share that leaves rows on both sides; there are " + rows());
        return held;
    }

    private int[] order(long seed) {
        int[] order = Rows.inOrder(rows());
        Rows.shuffle(order, new SplittableRandom(seed));
        return order;
    }

    private Split cut(int[] order, boolean[] inTest, int held) {
        int[] test = new int[held];
        int[] train = new int[order.length - held];
        int tested = 0;
        int trained = 0;
        for (int row : order) {
            if (inTest[row]) {
                test[tested++] = row;
            } else {
                train[trained++] = row;
            }
        }
        return new Split(select(train), select(test));
    }

    private Dataset select(int[] order) {
        Map<String, Tensor> parts = extras.toMap();
        parts.replaceAll((name, tensor) -> Rows.copy(tensor, order));
        return new Dataset(Rows.copy(features, order), Rows.copy(targets, order), columns, Tensors.copyOf(parts));
    }

    /**
     * Checks that all targets are class indices in {@code [0, classes)}.
     *
     * @throws InvalidInputException if one is not; the message names its row and value
     */
    public void requireClasses(long classes) {
        LongBuffer labels = targets.longs();
        long perRow = targets.shape().elementsPerRow();
        for (int i = 0; i < labels.limit(); i++) {
            long label = labels.get(i);
            if (label < 0 || label >= classes) {
                throw new InvalidInputException("target of row " + i / perRow + ": class " + label
                        + " (expected: 0 <= class < " + classes
                        + "); give the network one output for each class, and number classes from 0");
            }
        }
    }

    private void requireFinite(Tensor tensor, String what) {
        if (!isReal(tensor)) {
            return;
        }
        boolean single = tensor.dataType() == DataType.FLOAT32;
        java.nio.FloatBuffer floats = single ? tensor.floats() : java.nio.FloatBuffer.allocate(0);
        java.nio.DoubleBuffer doubles = single ? java.nio.DoubleBuffer.allocate(0) : tensor.doubles();
        int count = Math.toIntExact(tensor.elements());
        for (int i = 0; i < count; i++) {
            double value = single ? floats.get(i) : doubles.get(i);
            if (!Double.isFinite(value)) {
                long perRow = tensor.shape().elementsPerRow();
                throw new InvalidInputException(what + ", row " + i / perRow + ", column " + i % perRow + ": " + value
                        + " (expected: a finite number); fill it in or remove the row");
            }
        }
    }

    /**
     * What the data is, as SHA-256 in lower-case hex over types, shapes and stored bytes of features, targets and further
     * columns; the names of the features' columns do not count. Another order of the rows is another hash.
     */
    public String hash() {
        Hasher hasher = Hashing.sha256().newHasher();
        List<Tensor> tensors = new ArrayList<>(List.of(features, targets));
        for (Tensors.Entry extra : extras) {
            hasher.putBytes(extra.name().getBytes(StandardCharsets.UTF_8));
            tensors.add(extra.tensor());
        }
        for (Tensor tensor : tensors) {
            hasher.putBytes(tensor.toString().getBytes(StandardCharsets.UTF_8));
            hasher.putBytes(Longs.toByteArray(tensor.byteSize()));
            hasher.putBytes(tensor.bytes());
        }
        return hasher.hash().toString();
    }

    /** Such as {@code 1797 rows: features float32[1797, 64], targets int64[1797]}; never values. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(rows() + " rows: features " + features + ", targets " + targets);
        extras.forEach(
                extra -> text.append(", ").append(extra.name()).append(' ').append(extra.tensor()));
        return text.toString();
    }
}
