package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;

/** Which types and shapes of features and targets go together. */
final class ExampleKinds {
    private ExampleKinds() {}

    static void requireFeatures(ColumnKind features, ColumnKind targets) {
        DataType type = features.dataType();
        if (type != DataType.FLOAT32 && type != DataType.FLOAT64 && type != DataType.INT64) {
            throw new InvalidInputException(
                    "features: " + features + " (expected: float32 or float64, or int64 indices); convert the values");
        }
        if (features.shape().rank() < 2 || features.shape().size(0) == 0) {
            throw rows(features, targets);
        }
        requireTargets(features, targets);
    }

    static void requireTargets(ColumnKind features, ColumnKind targets) {
        DataType type = features.dataType();
        boolean numbers = type == DataType.INT64
                ? targets.dataType() == DataType.FLOAT32 || targets.dataType() == DataType.FLOAT64
                : targets.dataType() == type;
        if (targets.dataType() != DataType.INT64 && !numbers) {
            throw new InvalidInputException(
                    "targets: " + targets + " (expected: int64 class indices, or the type of the features " + features
                            + "); convert the values");
        }
        if (targets.shape().rank() < 1
                || features.shape().size(0) != targets.shape().size(0)) {
            throw rows(features, targets);
        }
    }

    private static InvalidInputException rows(ColumnKind features, ColumnKind targets) {
        return new InvalidInputException("rows: features " + features + " and targets " + targets
                + " (expected: features [rows, …] and targets [rows] or [rows, …] with the same number of rows > 0)");
    }
}
