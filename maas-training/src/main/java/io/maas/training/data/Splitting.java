package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.util.Arrays;
import java.util.SplittableRandom;

/** What each method of a splitter does with rows. */
sealed interface Splitting {
    /** All rows, in the order in which they are taken. */
    int[] order();

    /**
     * Holds out some rows, as near to their number as the method comes.
     *
     * @param order rows that are left
     * @param share what of them is to be held out
     * @param held the number that this comes to
     */
    RowSplit hold(int[] order, double share, int held);

    Folds folds(int count);

    default RowSplit split(double testShare) {
        int[] order = order();
        return hold(order, testShare, held(testShare, "testShare", order.length));
    }

    default RowPartition split(double validationShare, double testShare) {
        int[] order = order();
        int rows = order.length;
        int validated = held(validationShare, "validationShare", rows);
        int tested = held(testShare, "testShare", rows);
        Require.that(
                tested + validated < rows,
                "validationShare and testShare",
                validationShare + " and " + testShare,
                "shares that leave rows to learn from; there are " + rows);
        RowSplit outer = hold(order, testShare, tested);
        RowSplit inner = hold(outer.train(), validationShare * rows / outer.train().length, validated);
        return new RowPartition(inner.train(), inner.test(), outer.test());
    }

    private static int held(double share, String name, int rows) {
        Require.that(share > 0 && share < 1, name, share, "0 < " + name + " < 1");
        int held = (int) Math.round(share * rows);
        Require.that(held > 0 && held < rows, name, share, "a share that leaves rows on both sides; there are " + rows);
        return held;
    }

    private static int[] shuffled(int count, SplittableRandom random) {
        int[] order = Rows.inOrder(count);
        Rows.shuffle(order, random);
        return order;
    }

    private static RowSplit cut(int[] order, boolean[] inTest, int held) {
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
        return new RowSplit(train, test);
    }

    /** Where blocks of one size begin, to within one row, and where the last one ends. */
    private static int[] even(int rows, int blocks) {
        int[] starts = new int[blocks + 1];
        Arrays.setAll(starts, i -> (int) ((long) rows * i / blocks));
        return starts;
    }

    /** Rows by the block that each is in. */
    private static Folds arranged(int[] order, int[] blocks, int count) {
        int[] sizes = new int[count];
        for (int block : blocks) {
            sizes[block]++;
        }
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            starts[i + 1] = starts[i] + sizes[i];
        }
        return new Folds(Folds.sorted(order, blocks, sizes), starts, false);
    }

    /** The first rows of a shuffled order. */
    record AtRandom(int rows, long seed) implements Splitting {
        @Override
        public int[] order() {
            return shuffled(rows, new SplittableRandom(seed));
        }

        @Override
        public RowSplit hold(int[] order, double share, int held) {
            return new RowSplit(Arrays.copyOfRange(order, held, order.length), Arrays.copyOf(order, held));
        }

        @Override
        public Folds folds(int count) {
            return new Folds(order(), even(rows, count), false);
        }
    }

    /** The first rows of each class in a shuffled order. */
    record Stratified(Keys classes, long seed) implements Splitting {
        @Override
        public int[] order() {
            return shuffled(classes.codes().length, new SplittableRandom(seed));
        }

        @Override
        public RowSplit hold(int[] order, double share, int held) {
            int[] left = new int[classes.distinct()];
            for (int row : order) {
                left[classes.codes()[row]]++;
            }
            int[] quotas = quotas(left, share, held);
            boolean[] inTest = new boolean[classes.codes().length];
            for (int row : order) {
                inTest[row] = quotas[classes.codes()[row]]-- > 0;
            }
            return cut(order, inTest, held);
        }

        /** Shares rounded down; what is missing comes from the largest remainders, lower classes first (Hamilton's method). */
        private static int[] quotas(int[] counts, double share, int held) {
            int[] quotas = new int[counts.length];
            int missing = held;
            for (int i = 0; i < counts.length; i++) {
                quotas[i] = (int) (share * counts[i]);
                missing -= quotas[i];
            }
            Integer[] byRemainder = new Integer[counts.length];
            Arrays.setAll(byRemainder, i -> i);
            Arrays.sort(byRemainder, java.util.Comparator.comparingDouble(i -> -(share * counts[i] % 1)));
            for (int i = 0; i < missing; i++) {
                quotas[byRemainder[i]]++;
            }
            return quotas;
        }

        @Override
        public Folds folds(int count) {
            int[] order = order();
            int[] byClass = Folds.sorted(order, classes.codes(), classes.counts());
            int[] fold = new int[order.length];
            for (int i = 0; i < byClass.length; i++) {
                // Dealt out like cards, from class to class on: equal shares, and equal sizes.
                fold[byClass[i]] = i % count;
            }
            return arranged(order, fold, count);
        }
    }

    /** Whole groups. */
    record Grouped(Keys groups, long seed, String column) implements Splitting {
        @Override
        public int[] order() {
            return shuffled(groups.codes().length, new SplittableRandom(seed));
        }

        private int[] shuffledGroups() {
            // Another stream than that of the rows.
            return shuffled(groups.distinct(), new SplittableRandom(seed).split());
        }

        @Override
        public RowSplit hold(int[] order, double share, int held) {
            int[] left = new int[groups.distinct()];
            for (int row : order) {
                left[groups.codes()[row]]++;
            }
            boolean[] taken = take(left, held);
            boolean[] inTest = new boolean[groups.codes().length];
            int count = 0;
            for (int row : order) {
                inTest[row] = taken[groups.codes()[row]];
                count += inTest[row] ? 1 : 0;
            }
            return cut(order, inTest, count);
        }

        /** Which groups are held out. */
        private boolean[] take(int[] left, int held) {
            boolean[] taken = new boolean[left.length];
            int untaken = (int) Arrays.stream(left).filter(rows -> rows > 0).count();
            int missing = held;
            int smallest = -1;
            for (int group : shuffledGroups()) {
                if (left[group] == 0) {
                    continue;
                }
                if (left[group] <= missing && untaken > 1) {
                    taken[group] = true;
                    untaken--;
                    missing -= left[group];
                } else if (smallest < 0 || left[group] < left[smallest]) {
                    smallest = group;
                }
            }
            boolean nearer = smallest >= 0 && (missing == held || left[smallest] - missing < missing);
            if (nearer && untaken > 1) {
                taken[smallest] = true;
                missing -= left[smallest];
            }
            if (missing == held) {
                throw new InvalidInputException("column " + Require.quote(column) + ": one group has all rows"
                        + " (expected: groups on both sides); split by another column, or at random");
            }
            return taken;
        }

        @Override
        public Folds folds(int count) {
            if (groups.distinct() < count) {
                throw new InvalidInputException("column " + Require.quote(column) + ": " + groups.distinct()
                        + " groups (expected: at least " + count + ", one a fold); make fewer folds");
            }
            int[] foldOf = new int[groups.distinct()];
            int[] sizes = new int[count];
            for (int group : fromLargest()) {
                int lightest = 0;
                for (int i = 1; i < count; i++) {
                    lightest = sizes[i] < sizes[lightest] ? i : lightest;
                }
                foldOf[group] = lightest;
                sizes[lightest] += groups.counts()[group];
            }
            int[] fold = new int[groups.codes().length];
            Arrays.setAll(fold, row -> foldOf[groups.codes()[row]]);
            return arranged(order(), fold, count);
        }

        /** Groups of one size in shuffled order. */
        private int[] fromLargest() {
            Keys bySize = Keys.ofNumbers(groups.distinct(), group -> -groups.counts()[group]);
            return Folds.sorted(shuffledGroups(), bySize.codes(), bySize.counts());
        }
    }

    /** The latest, in order of time. */
    record ByTime(Keys times, String column) implements Splitting {
        @Override
        public int[] order() {
            return Folds.sorted(Rows.inOrder(times.codes().length), times.codes(), times.counts());
        }

        @Override
        public RowSplit hold(int[] order, double share, int held) {
            int at = boundary(order, order.length - held, 0);
            return new RowSplit(Arrays.copyOf(order, at), Arrays.copyOfRange(order, at, order.length));
        }

        /** The place nearest to {@code wanted}, and behind {@code after}, where another time begins. */
        private int boundary(int[] order, int wanted, int after) {
            for (int away = 0; away < order.length; away++) {
                if (begins(order, wanted + away, after)) {
                    return wanted + away;
                }
                if (begins(order, wanted - away, after)) {
                    return wanted - away;
                }
            }
            throw new InvalidInputException("column " + Require.quote(column) + ": too few times ("
                    + "expected: another time in each part); rows of one time are never separated, so make fewer or"
                    + " other parts, or split at random");
        }

        private boolean begins(int[] order, int place, int after) {
            return place > after
                    && place < order.length
                    && times.codes()[order[place]] != times.codes()[order[place - 1]];
        }

        @Override
        public Folds folds(int count) {
            int[] order = order();
            int[] starts = even(order.length, count + 1);
            for (int i = 1; i <= count; i++) {
                starts[i] = boundary(order, starts[i], starts[i - 1]);
            }
            return new Folds(order, starts, true);
        }
    }
}
