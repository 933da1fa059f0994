package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Column;
import io.maas.train.Loss;
import io.maas.train.LossScope;
import java.io.IOException;
import java.nio.LongBuffer;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Examples to learn from: rows of features, each with its target, and further columns that losses and networks ask for. Every
 * floating-point value is finite.
 *
 * <p>A data set is a view: {@link #rows(int, int)}, {@link #shuffled}, splits and folds share the memory of the tensors that it
 * was made of, also where that is a mapped file larger than the heap, and know only which of their rows they show. What gives
 * a whole column as one tensor, such as {@link #features()}, gathers the rows then, if they do not lie one behind the other;
 * training, evaluation, checks and {@link #hash} read them in portions instead.
 *
 * <p>Immutable and thread-safe.
 */
public final class Dataset {
    private final View features;
    private final View targets;
    private final List<String> columns;
    private final Map<String, View> extras;
    private final String origin;

    private Dataset(View features, View targets, List<String> columns, Map<String, View> extras, String origin) {
        this.features = features;
        this.targets = targets;
        this.columns = columns;
        this.extras = extras;
        this.origin = origin;
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
        return of(View.of(features), View.of(targets));
    }

    /**
     * A data set over all rows that were written, more than fit into a tensor too; see {@link #of(Tensor, Tensor)}.
     *
     * @throws InvalidInputException as for tensors
     * @throws IOException if a file cannot be mapped
     */
    public static Dataset of(StoredRows features, StoredRows targets) throws IOException {
        return of(View.of(features.finish()), View.of(targets.finish()));
    }

    /** A data set over stored rows, as many of features as of targets, whose values are known to be finite. */
    static Dataset of(Storage features, Storage targets) {
        RowIndex all = RowIndex.all(features.rows());
        return new Dataset(new View(features, all), new View(targets, all), List.of(), Map.of(), "");
    }

    /**
     * A data set of sequences of different lengths, each with its target; nothing is copied.
     *
     * @param features float32, float64 or int64, as for {@link #of(Tensor, Tensor)}
     * @throws InvalidInputException if types or numbers of rows do not fit, or a value is not finite; the message names row and
     *     step
     */
    public static Dataset of(Sequences features, Tensor targets) {
        return of(View.of(features.storage()), View.of(targets));
    }

    /**
     * A data set of sequences with a target for each of their steps, or with sequences for targets; nothing is copied.
     *
     * @throws InvalidInputException if types or numbers of rows do not fit, or a value is not finite; the message names row and
     *     step
     */
    public static Dataset of(Sequences features, Sequences targets) {
        return of(View.of(features.storage()), View.of(targets.storage()));
    }

    /**
     * A data set of classes, over copies of these arrays.
     *
     * @param features {@code [rows][features]}, which become float32 {@code [rows, features]}
     * @param classes {@code [rows]}: which class each row is of, counting from 0
     * @throws InvalidInputException if there is no row, lengths or numbers of rows differ, or a value is not finite; the row is named
     */
    public static Dataset of(float[][] features, long[] classes) {
        return of(ArrayRows.of(features, "features"), View.of(Tensor.of(classes)));
    }

    /** As {@link #of(float[][], long[])}. */
    public static Dataset of(float[][] features, int[] classes) {
        return of(features, ArrayRows.longs(classes));
    }

    /** As {@link #of(float[][], long[])}, with a number to predict for each row: float32 {@code [rows, 1]}. */
    public static Dataset of(float[][] features, float[] targets) {
        return of(ArrayRows.of(features, "features"), View.of(Tensor.of(targets, targets.length, 1)));
    }

    /** As {@link #of(float[][], long[])}, with several numbers to predict for each row: float32 {@code [rows, targets]}. */
    public static Dataset of(float[][] features, float[][] targets) {
        return of(ArrayRows.of(features, "features"), ArrayRows.of(targets, "targets"));
    }

    /** As {@link #of(float[][], long[])}, for a network that computes in float64. */
    public static Dataset of(double[][] features, long[] classes) {
        return of(ArrayRows.of(features, "features"), View.of(Tensor.of(classes)));
    }

    /** As {@link #of(float[][], long[])}, for a network that computes in float64. */
    public static Dataset of(double[][] features, int[] classes) {
        return of(features, ArrayRows.longs(classes));
    }

    /** As {@link #of(float[][], float[])}, for a network that computes in float64. */
    public static Dataset of(double[][] features, double[] targets) {
        return of(ArrayRows.of(features, "features"), View.of(Tensor.of(targets, targets.length, 1)));
    }

    /** As {@link #of(float[][], float[][])}, for a network that computes in float64. */
    public static Dataset of(double[][] features, double[][] targets) {
        return of(ArrayRows.of(features, "features"), ArrayRows.of(targets, "targets"));
    }

    /**
     * As {@link #of(float[][], long[])}, with a row for each object of a stream, which is read to its end, in order; none is kept. Many
     * rows go to a temporary file that is mapped.
     *
     * @throws java.io.UncheckedIOException if the data set is large and the disk full
     */
    public static <T> Dataset ofClasses(
            Stream<T> rows, Function<? super T, float[]> features, ToLongFunction<? super T> classes) {
        return ArrayRows.of(rows, features, DataType.INT64, (to, row) -> to.addInteger(classes.applyAsLong(row)));
    }

    /** As {@link #ofClasses}, with a number to predict for each row: float32 {@code [rows, 1]}. */
    public static <T> Dataset ofNumbers(
            Stream<T> rows, Function<? super T, float[]> features, ToDoubleFunction<? super T> targets) {
        return ArrayRows.of(rows, features, DataType.FLOAT32, (to, row) -> to.addNumber(targets.applyAsDouble(row)));
    }

    private static ColumnKind kindOf(Tensor tensor) {
        return new ColumnKind(tensor.dataType(), tensor.shape());
    }

    private static Dataset of(View features, View targets) {
        ExampleKinds.requireFeatures(features.kind(), targets.kind());
        features.storage().requireFinite("features");
        targets.storage().requireFinite("targets");
        return new Dataset(features, targets.like(features.index()), List.of(), Map.of(), "");
    }

    /** With names for the columns of two-axis features. */
    public Dataset withColumns(List<String> names) {
        ColumnKind kind = featureKind();
        Require.that(
                kind.shape().rank() == 2 && names.size() == kind.shape().size(1),
                "columns",
                names.size(),
                "one name for each column of features " + kind);
        return new Dataset(features, targets, List.copyOf(names), extras, origin);
    }

    /**
     * With one more column, which losses and networks of several inputs ask for by its name, such as {@code weight}; in place of
     * one of that name. The column {@value LossScope#TARGET} is that of the targets.
     *
     * @param values {@code [rows, …]} of any type; nothing is copied
     * @throws InvalidInputException if the number of rows is another, or a value is not finite
     */
    public Dataset with(String name, Tensor values) {
        if (values.shape().rank() < 1) {
            throw misfit(name, kindOf(values));
        }
        return checkedWith(name, View.of(values));
    }

    /**
     * With one more column of sequences, such as the mask of others; see {@link #with(String, Tensor)}.
     *
     * @throws InvalidInputException if the number of rows is another, or a value is not finite
     */
    public Dataset with(String name, Sequences values) {
        return checkedWith(name, View.of(values.storage()));
    }

    /**
     * With one more column of rows that were written, more than fit into a tensor too; see {@link #with(String, Tensor)}.
     *
     * @throws InvalidInputException if the number of rows is another, or a value is not finite
     * @throws IOException if a file cannot be mapped
     */
    public Dataset with(String name, StoredRows values) throws IOException {
        return checkedWith(name, View.of(values.finish()));
    }

    private Dataset checkedWith(String name, View values) {
        if (name.equals(LossScope.TARGET)) {
            ExampleKinds.requireTargets(featureKind(), values.kind());
        }
        if (values.index().size() != rows()) {
            throw misfit(name, values.kind());
        }
        values.storage().requireFinite(name.equals(LossScope.TARGET) ? "targets" : name);
        return with(name, values.like(features.index()));
    }

    private InvalidInputException misfit(String name, ColumnKind kind) {
        return new InvalidInputException(
                name + ": " + kind + " (expected: [" + rows() + ", …], as the features have " + rows() + " rows)");
    }

    private Dataset with(String name, View values) {
        if (name.equals(LossScope.TARGET)) {
            return new Dataset(features, values, columns, extras, origin);
        }
        Map<String, View> all = new LinkedHashMap<>(extras);
        all.put(name, values);
        return new Dataset(features, targets, columns, all, origin);
    }

    // ---- columns

    /** {@code [rows, …]}; gathered anew by each call where the rows do not lie one behind the other. */
    public Tensor features() {
        return features.tensor();
    }

    /** {@code [rows, …]}; gathered anew by each call where the rows do not lie one behind the other. */
    public Tensor targets() {
        return targets.tensor();
    }

    /**
     * The column of that name, {@code [rows, …]}, or null; {@value LossScope#TARGET} names the targets. Gathered anew by each call
     * where the rows do not lie one behind the other.
     */
    public @Nullable Tensor find(String name) {
        View view = view(name);
        return view == null ? null : view.tensor();
    }

    /** The further columns by name, {@code [rows, …]} each; gathered as {@link #find} does. */
    public Tensors extras() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        extras.forEach((name, view) -> tensors.put(name, view.tensor()));
        return Tensors.copyOf(tensors);
    }

    /** The names of the further columns. */
    public List<String> names() {
        return List.copyOf(extras.keySet());
    }

    /** Type and shape of the features; reads no row. */
    public ColumnKind featureKind() {
        return features.kind();
    }

    /** Type and shape of the targets; reads no row. */
    public ColumnKind targetKind() {
        return kindOf(LossScope.TARGET, targets);
    }

    /**
     * Type and shape of the column of that name, or null; reads no row. {@value LossScope#TARGET} names the targets. Sequences of
     * equal lengths have one symbol for them: {@code time} for that of the features, else one named after the first such column.
     */
    public @Nullable ColumnKind kind(String name) {
        View view = view(name);
        return view == null ? null : kindOf(name, view);
    }

    private ColumnKind kindOf(String name, View view) {
        if (!(view.storage() instanceof SequenceRows)) {
            return view.kind();
        }
        if (view.isAsLongAs(features)) {
            return view.kind();
        }
        String first = name;
        if (view.isAsLongAs(targets)) {
            first = LossScope.TARGET;
        } else {
            for (Map.Entry<String, View> extra : extras.entrySet()) {
                if (view.isAsLongAs(extra.getValue())) {
                    first = extra.getKey();
                    break;
                }
            }
        }
        return new ColumnKind(view.storage().dataType(), view.kind().shape().with(1, first + "_" + SequenceRows.TIME));
    }

    /** The names of the features' columns; empty if not known. */
    public List<String> columns() {
        return columns;
    }

    View featureView() {
        return features;
    }

    View targetView() {
        return targets;
    }

    @Nullable
    View view(String name) {
        return name.equals(LossScope.TARGET) ? targets : extras.get(name);
    }

    Map<String, View> extraViews() {
        return extras;
    }

    // ---- rows

    public int rows() {
        return features.index().size();
    }

    /** Rows {@code [from, to)}; copies nothing. */
    public Dataset rows(int from, int to) {
        if (from < 0 || from > to || to > rows()) {
            throw Require.failure("rows", from + ".." + to, "a range within 0.." + rows());
        }
        boolean all = from == 0 && to == rows();
        return seen(index -> index.part(from, to)).after(all ? "" : "rows " + from + " to " + to);
    }

    /**
     * The rows of these numbers, in this order; copies nothing but the numbers. One may occur more than once, as in a
     * bootstrap sample.
     *
     * @param numbers each {@code 0 <= number < rows()}
     */
    public Dataset rows(int[] numbers) {
        for (int number : numbers) {
            if (number < 0 || number >= rows()) {
                throw Require.failure("row", number, "0 <= row < " + rows());
            }
        }
        return picked(numbers.clone()).after("rows by number");
    }

    /**
     * How these rows were chosen from those of the data set that was made first, for lineage: such as {@code stratified by target,
     * seed 42, 0.2 held out: train}. Empty if they were not.
     */
    public String origin() {
        return origin;
    }

    /** The same rows, with one more step on the way to them; none if it is empty. */
    Dataset after(String step) {
        String steps = origin.isEmpty() || step.isEmpty() ? origin + step : origin + "; " + step;
        return new Dataset(features, targets, columns, extras, steps);
    }

    /** The rows at these places, which belong to the data set from now on. */
    Dataset picked(int[] places) {
        return seen(index -> index.pick(places));
    }

    private Dataset seen(UnaryOperator<RowIndex> change) {
        // Columns of one index go on sharing one: ten million numbers once, and not once a column.
        IdentityHashMap<RowIndex, RowIndex> changed = new IdentityHashMap<>();
        UnaryOperator<View> seen = view -> view.with(changed.computeIfAbsent(view.index(), change));
        Map<String, View> others = new LinkedHashMap<>();
        extras.forEach((name, view) -> others.put(name, seen.apply(view)));
        return new Dataset(seen.apply(features), seen.apply(targets), columns, others, origin);
    }

    /** The rows in another order that depends on the seed alone. */
    public Dataset shuffled(long seed) {
        int[] order = Rows.inOrder(rows());
        Rows.shuffle(order, new SplittableRandom(seed));
        return picked(order).after("shuffled, seed " + seed);
    }

    /**
     * Cuts at random; {@link Splitter} holds out in other ways too.
     *
     * @param testShare the share of the rows that is held out, {@code 0 < testShare < 1}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     */
    public Split split(double testShare, long seed) {
        return Splitter.random(seed).split(this, testShare);
    }

    /**
     * Cuts at random so that each class has the same share in both parts, to within one row.
     *
     * @param testShare the share of the rows that is held out, {@code 0 < testShare < 1}; their number is rounded
     * @throws IllegalArgumentException if one part would be empty
     * @throws IllegalStateException unless targets are class indices {@code [rows]}
     */
    public Split stratifiedSplit(double testShare, long seed) {
        ColumnKind kind = targetKind();
        if (kind.dataType() != DataType.INT64 || kind.shape().rank() != 1) {
            throw new IllegalStateException("targets: " + kind + " (expected: int64 [rows]); use split(…)");
        }
        return Splitter.stratified(seed).split(this, testShare);
    }

    // ---- what losses and lineage ask

    /**
     * This data set with a column in the shape in which a loss reads it; all its values checked.
     *
     * @param source what to call the data set in messages, such as {@code training set}
     * @param loss who asked for the column
     * @throws InvalidInputException if there is no such column, or its type, shape or values do not fit
     */
    public Dataset fitting(Column column, String source, Loss loss) {
        View given = view(column.name());
        if (given == null) {
            column.require(null, source);
            return this;
        }
        ColumnKind kind = kindOf(column.name(), given);
        Shape shape = column.fit(kind.dataType(), kind.shape(), source, loss);
        given.read((rows, first) -> column.check(rows, first, source));
        if (given.storage() instanceof SequenceRows rows && rows.isPadded() && !column.allows(rows.padding())) {
            throw new InvalidInputException("padding of " + column.name() + " of the " + source + ": " + rows.padding()
                    + " (expected: what loss " + Require.quote(loss.name())
                    + " allows there); choose another with Sequences.paddedWith");
        }
        return shape.equals(kind.shape()) ? this : with(column.name(), given.reshaped(shape));
    }

    /**
     * Checks that all targets are class indices in {@code [0, classes)}.
     *
     * @throws InvalidInputException if one is not; the message names its row and value
     */
    public void requireClasses(long classes) {
        targets.read((rows, first) -> {
            LongBuffer labels = rows.longs();
            long perRow = rows.shape().elementsPerRow();
            for (int i = 0; i < labels.limit(); i++) {
                long label = labels.get(i);
                if (label < 0 || label >= classes) {
                    throw new InvalidInputException("target of row " + (first + i / perRow) + ": class " + label
                            + " (expected: 0 <= class < " + classes
                            + "); give the network one output for each class, and number classes from 0");
                }
            }
        });
    }

    /**
     * The number that all targets are, which leaves nothing to learn; null if there are different ones, or none that counts.
     *
     * @param ignored a number that does not count; null if all do
     */
    public @Nullable Double onlyTarget(@Nullable Long ignored) {
        double[] only = {Double.NaN};
        boolean different = targets.any((rows, first) -> {
            for (double target : rows.toDoubleArray()) {
                boolean counts = ignored == null || target != ignored;
                if (counts && target != only[0] && !Double.isNaN(only[0])) {
                    return true;
                }
                only[0] = counts ? target : only[0];
            }
            return false;
        });
        return different || Double.isNaN(only[0]) ? null : (Double) only[0];
    }

    /**
     * What the data is, as SHA-256 in lower-case hex over types, shapes and values of features, targets and further columns; the
     * names of the features' columns do not count. Another order of the rows is another hash; the same rows in the same order
     * have the same, in whatever way the view came about.
     */
    public String hash() {
        DataHash hash = new DataHash();
        hash.add(features);
        hash.add(targets);
        extras.forEach((name, view) -> hash.add(name));
        extras.values().forEach(hash::add);
        return hash.toString();
    }

    /** Such as {@code 1797 rows: features float32[1797, 64], targets int64[1797]}; never values. */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder(rows() + " rows: features " + featureKind() + ", targets " + targetKind());
        extras.forEach(
                (name, view) -> text.append(", ").append(name).append(' ').append(view.kind()));
        return text.toString();
    }
}
