package io.maas.training.data;

import io.maas.error.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/** The lengths of a data set's rows, rounded up, to sort them by. */
final class LengthOrder {
    private final Keys lengths;

    private LengthOrder(Keys lengths) {
        this.lengths = lengths;
    }

    /**
     * Of the features if they are sequences, else of the first column that is.
     *
     * @throws InvalidInputException if none is
     */
    static LengthOrder of(Dataset data, int multiple) {
        List<View> views = new ArrayList<>(List.of(data.featureView()));
        views.addAll(data.extraViews().values());
        views.add(data.targetView());
        for (View view : views) {
            if (view.storage() instanceof SequenceRows sequences) {
                RowIndex index = view.index();
                return new LengthOrder(
                        Keys.ofNumbers(index.size(), i -> Rows.rounded(sequences.length(index.at(i)), multiple)));
            }
        }
        throw new InvalidInputException(
                "batches by length: " + data + " (expected: a column of Sequences); leave out groupedByLength()");
    }

    /** Rows by length, those of one length in the order given. */
    int[] sorted(int[] order) {
        return Folds.sorted(order, lengths.codes(), lengths.counts());
    }
}
