package io.maas.backend.nd4j;

/** The two ends of an order. */
enum Extreme {
    LEAST("minimum"),
    GREATEST("maximum");

    private final String operation;

    Extreme(String operation) {
        this.operation = operation;
    }

    /** ND4J's name of it. */
    String operation() {
        return operation;
    }

    long of(long left, long right) {
        return this == LEAST ? Math.min(left, right) : Math.max(left, right);
    }
}
