package io.maas.training.classical;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;

/**
 * The classes of rows, numbered from 0 without a gap.
 *
 * @param labels a class index a row; whoever gets them leaves them as they are
 * @param count how many classes there are, at least 2
 */
@SuppressWarnings("ArrayRecordComponent") // Millions of labels are no place for boxes.
public record Classes(int[] labels, int count) {
    /**
     * Checks targets.
     *
     * @param targets int64 class indices {@code [rows]} or {@code [rows, 1]}
     * @throws InvalidInputException if they are others, a class is negative or has no rows, or all are the same
     */
    public static Classes of(Tensor targets) {
        if (targets.dataType() != DataType.INT64
                || targets.shape().elements() != targets.shape().size(0)) {
            throw new InvalidInputException(
                    "targets: " + targets + " (expected: int64 class indices [rows]); number the classes from 0");
        }
        long[] given = targets.toLongArray();
        int[] labels = new int[given.length];
        int[] rows = new int[given.length + 1];
        int highest = 0;
        for (int i = 0; i < given.length; i++) {
            // Every class has a row, so no index can be as high as the number of rows.
            if (given[i] < 0 || given[i] >= given.length) {
                throw new InvalidInputException("target of row " + i + ": class " + given[i]
                        + " (expected: 0 <= class < the number of classes, of which each has a row among the "
                        + given.length
                        + "); number classes from 0 without a gap");
            }
            labels[i] = (int) given[i];
            rows[labels[i]]++;
            highest = Math.max(highest, labels[i]);
        }
        for (int k = 0; k < highest; k++) {
            if (rows[k] == 0) {
                throw new InvalidInputException(
                        "class " + k + ": no row of " + given.length + ", though there are rows of class " + highest
                                + " (expected: each class below the highest has one); number classes from 0 without a gap");
            }
        }
        if (highest == 0) {
            throw new InvalidInputException("classes: all " + given.length
                    + " rows are of class 0 (expected: at least two classes); give rows of another class too");
        }
        return new Classes(labels, highest + 1);
    }
}
