package io.maas.api.client;

import io.maas.api.wire.ModelMetadata;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ShapeMismatchException;
import io.maas.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a model that is elsewhere, where another version may answer at any time.
 *
 * <p>Thread-safe.
 */
final class Description {
    private volatile @Nullable ModelMetadata described;
    /** Whether a version has answered that may be another one than is described. */
    private volatile boolean stale;
    /** Which version answered last, null if none has yet. */
    private volatile @Nullable Integer answering;

    /** Null if it is not known, or may be of another version than the one that answers. */
    @Nullable
    ModelMetadata fresh() {
        return stale ? null : described;
    }

    @Nullable
    Integer answering() {
        return answering;
    }

    void set(ModelMetadata found) {
        described = found;
        stale = false;
    }

    /** Takes note of which version answered, so that what is described is of that one. */
    void answered(int version) {
        Integer before = answering;
        if (before != null && before == version) {
            return;
        }
        ModelMetadata known = described;
        // With several versions loaded nobody said which of them was described.
        boolean same = before == null && known != null && known.versions().equals(List.of(version));
        answering = version;
        stale |= !same;
    }

    /** The wire has one status for all bad inputs; a wrong shape has an exception of its own, as with a local model. */
    InvalidInputException refined(String name, InvalidInputException told, Tensors inputs) {
        ModelMetadata known = described;
        if (known != null) {
            try {
                known.signature().check(name, inputs);
            } catch (ShapeMismatchException e) {
                return new ShapeMismatchException(String.valueOf(told.getMessage()), e.expected(), e.actual());
            } catch (MaasException e) {
                return told;
            }
        }
        return told;
    }
}
