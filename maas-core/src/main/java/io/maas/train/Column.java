package io.maas.train;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A column that a loss asks of every batch: its input in the graph, and what may stand in it.
 *
 * <p>Immutable and thread-safe.
 */
public final class Column {
    /**
     * What may stand in a column.
     *
     * @param classes whether it names classes along the prediction's last axis
     * @param ignored one more number that may stand there, for positions that do not count
     */
    record Content(
            double low,
            double high,
            boolean classes,
            @Nullable Long ignored) {
        boolean allows(double value) {
            return (low <= value && value <= high) || (ignored != null && value == ignored);
        }

        boolean isAnything() {
            return low == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY;
        }
    }

    private final String name;
    private final Value input;
    private final Content content;

    Column(String name, Value input, Content content) {
        this.name = name;
        this.input = input;
        this.content = content;
    }

    /** Its name in data sets. */
    public String name() {
        return name;
    }

    /** Its input in the graph. */
    public Value input() {
        return input;
    }

    /** Whether each element names one class along the prediction's last axis. */
    public boolean namesClasses() {
        return content.classes;
    }

    /** The number that stands at positions that do not count, beside the classes; null if all count. */
    public @Nullable Long ignored() {
        return content.ignored;
    }

    /** Whether a number may stand here. */
    public boolean allows(double value) {
        return content.allows(value);
    }

    /** This column where another loss reads it too: what both allow may stand in it. */
    Column and(DataType type, Shape shape, Content other) {
        if (input.dataType() != type
                || !input.shape().equals(shape)
                || !Objects.equals(content.ignored, other.ignored)) {
            throw Require.failure(
                    "column " + Require.quote(name),
                    type(input.dataType()) + input.shape() + ignoring(content) + " and " + type(type) + shape
                            + ignoring(other),
                    "one type and shape, and one number to ignore, for all losses that read it; have one of them read"
                            + " columns of its own, as losses of different outputs do");
        }
        Content both = new Content(
                Math.max(content.low, other.low),
                Math.min(content.high, other.high),
                content.classes || other.classes,
                content.ignored);
        return new Column(name, input, both);
    }

    private static String ignoring(Content content) {
        return content.ignored == null ? "" : " ignoring " + content.ignored;
    }

    /**
     * A data set's tensor as this column takes it; checked. Axes of size 1 behind the first carry no meaning and may be missing or
     * too many.
     *
     * @param given null if there is none of this column's name
     * @param source where the tensor comes from, such as {@code training set}, for messages
     * @param loss who asked for the column, for messages
     * @return the same elements in the column's shape
     * @throws InvalidInputException if there is none, or type, shape or elements do not fit
     */
    public Tensor fit(@Nullable Tensor given, String source, Loss loss) {
        return fitting(require(given, source), source, loss);
    }

    private Tensor fitting(Tensor given, String source, Loss loss) {
        Shape shape = fit(given.dataType(), given.shape(), source, loss);
        check(given, 0, source);
        return shape.equals(given.shape()) ? given : given.reshape(shape);
    }

    /**
     * The shape in which a data set's tensors stand here, as {@link #fit(Tensor, String, Loss)} gives it; of columns that are too
     * large to be one tensor, whose elements are then for {@link #check}.
     *
     * @param given symbols stand for sizes that vary from batch to batch
     * @throws InvalidInputException if type or shape do not fit
     */
    public Shape fit(DataType type, Shape given, String source, Loss loss) {
        if (type != input.dataType()) {
            throw new InvalidInputException(misfit(type, given, source, loss) + "; convert the values");
        }
        Shape shape = aligned(given);
        if (shape == null) {
            throw new ShapeMismatchException(
                    misfit(type, given, source, loss) + "; reshape it, or change the network's last layer",
                    input.shape().toString(),
                    given.toString());
        }
        return shape;
    }

    /**
     * A tensor for this column, unchecked.
     *
     * @throws InvalidInputException if there is none
     */
    public Tensor require(@Nullable Tensor given, String source) {
        if (given == null) {
            throw new InvalidInputException(name + " of the " + source + ": none (expected: " + type(input.dataType())
                    + input.shape() + ", which the loss reads); add a column " + Require.quote(name));
        }
        return given;
    }

    private String misfit(DataType type, Shape given, String source, Loss loss) {
        return name + " of the " + source + " does not fit loss " + Require.quote(loss.name()) + ": got " + type(type)
                + given + ", expected " + type(input.dataType()) + input.shape();
    }

    private static String type(DataType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    /** The shape as the column takes it: axes of size 1 put in and left out; null if it does not fit. */
    private @Nullable Shape aligned(Shape given) {
        Shape wanted = input.shape();
        if (wanted.accepts(given)) {
            return given;
        }
        Object[] sizes = new Object[wanted.rank()];
        int next = 0;
        for (int i = 0; i < sizes.length; i++) {
            boolean optional = wanted.size(i) == 1;
            while (i > 0 && next < given.rank() && given.size(next) == 1 && !takes(wanted, i, 1)) {
                next++;
            }
            if (next < given.rank() && takes(wanted, i, given.size(next))) {
                sizes[i] = given.dimension(next++);
            } else if (i > 0 && optional) {
                sizes[i] = 1;
            } else {
                return null;
            }
        }
        while (next < given.rank() && given.size(next) == 1) {
            next++;
        }
        return next == given.rank() ? Shape.symbolic(sizes) : null;
    }

    private static boolean takes(Shape wanted, int axis, long size) {
        return wanted.size(axis) == Shape.VARIABLE || wanted.size(axis) == size;
    }

    /**
     * Checks the elements of some rows.
     *
     * @param firstRow the number of the first of them in the data set, for messages
     * @throws InvalidInputException if one may not stand here; the message names its row and value
     */
    public void check(Tensor rows, long firstRow, String source) {
        if (content.isAnything()) {
            return;
        }
        IntToDoubleFunction at = rows.asDoubles();
        int count = Math.toIntExact(rows.elements());
        for (int i = 0; i < count; i++) {
            if (!content.allows(at.applyAsDouble(i))) {
                long row = firstRow + i / rows.shape().elementsPerRow();
                throw new InvalidInputException(name + " of the " + source + ", row " + row + ": "
                        + number(at.applyAsDouble(i)) + " (expected: " + bounds() + "); "
                        + (content.classes
                                ? "give the network one output for each class, and number classes from 0"
                                : "correct the values"));
            }
        }
    }

    private String bounds() {
        String low = content.low == Double.NEGATIVE_INFINITY ? "" : number(content.low) + " <= ";
        String high = content.high == Double.POSITIVE_INFINITY ? "" : " <= " + number(content.high);
        String or = content.ignored == null ? "" : ", or " + content.ignored + " where it does not count";
        return low + name + high + or;
    }

    /** As a whole number where the column holds such. */
    private String number(double value) {
        return input.dataType().isInteger() ? String.valueOf((long) value) : String.valueOf(value);
    }
}
