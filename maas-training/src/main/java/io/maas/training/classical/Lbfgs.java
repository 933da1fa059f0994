package io.maas.training.classical;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Limited-memory BFGS for smooth convex functions, with a line search for the weak Wolfe conditions by doubling and bisection.
 *
 * @see "Nocedal and Wright, Numerical Optimization (2nd ed.), algorithms 7.4 and 7.5"
 * @see "Lewis and Overton, Nonsmooth optimization via quasi-Newton methods (2013), algorithm 2.6"
 */
final class Lbfgs {
    private static final int MEMORY = 10;
    private static final double DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int TRIES = 60;

    /** What is to be made small. */
    interface Objective {
        /** The value at {@code x}; writes the gradient there. */
        double at(double[] x, double[] gradient);
    }

    /** @param converged whether no component of the gradient is larger than the tolerance */
    @SuppressWarnings("ArrayRecordComponent")
    record Minimum(double[] x, int iterations, boolean converged) {}

    /** A step and the change of the gradient along it. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Pair(double[] step, double[] change, double product) {}

    private final Objective objective;
    private final Deque<Pair> pairs = new ArrayDeque<>();
    private double[] x;
    private double[] gradient;
    private double value;

    private Lbfgs(Objective objective, double[] start) {
        this.objective = objective;
        this.x = start;
        this.gradient = new double[start.length];
        this.value = objective.at(x, gradient);
    }

    /** Goes on until the gradient is small, or no step leads lower in this precision, or the iterations are used up. */
    static Minimum minimize(Objective objective, double[] start, double tolerance, int maxIterations) {
        Lbfgs search = new Lbfgs(objective, start);
        int iterations = 0;
        while (iterations < maxIterations && !search.isFlat(tolerance) && search.step()) {
            iterations++;
        }
        return new Minimum(search.x, iterations, search.isFlat(tolerance));
    }

    private boolean isFlat(double tolerance) {
        double largest = 0;
        for (double slope : gradient) {
            largest = Math.max(largest, Math.abs(slope));
        }
        return largest <= tolerance;
    }

    /** Whether a lower point was found. */
    private boolean step() {
        double[] direction = direction();
        double slope = Triangle.dot(gradient, direction);
        double low = 0;
        double high = Double.POSITIVE_INFINITY;
        double t = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
        double[] next = new double[x.length];
        double[] nextGradient = new double[x.length];
        // Near the minimum differences of values are rounding.
        double noise = 1e-14 * Math.abs(value);
        for (int i = 0; i < TRIES; i++) {
            for (int j = 0; j < x.length; j++) {
                next[j] = x[j] + t * direction[j];
            }
            double nextValue = objective.at(next, nextGradient);
            if (!(nextValue <= value + DECREASE * t * slope + noise)) {
                high = t;
            } else if (Triangle.dot(nextGradient, direction) < CURVATURE * slope) {
                low = t;
            } else {
                return move(next, nextGradient, nextValue);
            }
            t = high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * low;
        }
        return false;
    }

    private boolean move(double[] next, double[] nextGradient, double nextValue) {
        double[] step = new double[x.length];
        double[] change = new double[x.length];
        for (int j = 0; j < x.length; j++) {
            step[j] = next[j] - x[j];
            change[j] = nextGradient[j] - gradient[j];
        }
        double product = Triangle.dot(step, change);
        if (product > 0) {
            pairs.addLast(new Pair(step, change, product));
        }
        if (pairs.size() > MEMORY) {
            pairs.removeFirst();
        }
        x = next;
        gradient = nextGradient;
        value = nextValue;
        return product > 0;
    }

    /** The two-loop recursion. */
    private double[] direction() {
        double[] direction = new double[x.length];
        add(-1, gradient, direction);
        double[] along = new double[pairs.size()];
        int i = 0;
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); i++) {
            Pair pair = newest.next();
            along[i] = Triangle.dot(pair.step(), direction) / pair.product();
            add(-along[i], pair.change(), direction);
        }
        if (!pairs.isEmpty()) {
            Pair last = pairs.getLast();
            double scale = last.product() / Triangle.dot(last.change(), last.change());
            for (int j = 0; j < direction.length; j++) {
                direction[j] *= scale;
            }
        }
        for (Pair pair : pairs) {
            double back = Triangle.dot(pair.change(), direction) / pair.product();
            add(along[--i] - back, pair.step(), direction);
        }
        return direction;
    }

    private static void add(double factor, double[] what, double[] to) {
        for (int j = 0; j < to.length; j++) {
            to[j] += factor * what[j];
        }
    }
}
