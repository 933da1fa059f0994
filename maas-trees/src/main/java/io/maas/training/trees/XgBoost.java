package io.maas.training.trees;

import io.maas.error.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import org.jspecify.annotations.Nullable;

/**
 * One training by XGBoost, a round at a time: the only place that knows the library.
 *
 * <p>Not thread-safe. Closes the native memory that it took.
 */
final class XgBoost implements AutoCloseable {
    static final String NAME = "xgboost";

    private final DMatrix train;
    private final @Nullable DMatrix validation;
    private final Booster booster;
    private int round;

    private XgBoost(DMatrix train, @Nullable DMatrix validation, Booster booster) {
        this.train = train;
        this.validation = validation;
        this.booster = booster;
    }

    /** What trained, for lineage. */
    static String version() {
        try (InputStream file = XGBoost.class.getResourceAsStream("/xgboost4j-version.properties")) {
            Properties properties = new Properties();
            if (file != null) {
                properties.load(file);
            }
            return "XGBoost " + properties.getProperty("version", "of unknown version");
        } catch (IOException e) {
            return "XGBoost of unknown version";
        }
    }

    /** A call that may fail in the library. */
    private interface Call<T> {
        T run() throws XGBoostError;
    }

    private static <T> T call(String what, Call<T> call) {
        try {
            return call.run();
        } catch (XGBoostError e) {
            String message = String.valueOf(e.getMessage());
            throw new BackendException(
                    NAME, what + ": " + message.lines().findFirst().orElse(""), e);
        } catch (LinkageError e) {
            throw new BackendException(
                    NAME,
                    "the library cannot be loaded: " + e
                            + "; its natives are there for Linux (glibc), macOS and Windows on x86-64 and"
                            + " Linux and macOS on arm64, and need the OpenMP run-time library (libgomp on Linux, libomp on macOS)",
                    e);
        }
    }

    /**
     * Makes ready.
     *
     * @param settings XGBoost's, by its own names
     * @param labels a number a row
     */
    static XgBoost start(Map<String, Object> settings, TreeRows rows, float[] labels, @Nullable TreeRows validation) {
        DMatrix train = call("training data", () -> matrix(rows));
        DMatrix held = null;
        try {
            held = validation == null ? null : call("validation data", () -> matrix(validation));
            Map<String, DMatrix> watched = new LinkedHashMap<>();
            if (held != null) {
                watched.put("validation", held);
            }
            Booster booster = call("settings", () -> {
                train.setLabel(labels);
                if (rows.weights() != null) {
                    train.setWeight(rows.weights());
                }
                // No round yet; the matrices are named so that it remembers how far it is with each.
                return XGBoost.train(train, settings, 0, watched, null, null);
            });
            return new XgBoost(train, held, booster);
        } catch (RuntimeException e) {
            train.dispose();
            if (held != null) {
                held.dispose();
            }
            throw e;
        }
    }

    private static DMatrix matrix(TreeRows rows) throws XGBoostError {
        return new DMatrix(rows.values(), rows.count(), rows.features(), Float.NaN);
    }

    /** One round: a tree, or as many as the settings say, for each class. */
    void step() {
        call("round " + (round + 1), () -> {
            booster.update(train, round);
            return true;
        });
        round++;
    }

    /** What the trees so far say to each validation row, before any link function. */
    float[][] margins() {
        DMatrix rows = validation;
        if (rows == null) {
            throw new IllegalStateException("validation: none (expected: rows to ask)");
        }
        return call("validation", () -> booster.predict(rows, true));
    }

    /** All trees in the order of their making; those of a round are of class 0, 1 and so on. */
    List<Tree> trees() {
        List<Tree> trees = new ArrayList<>();
        for (String text : call("trees", () -> booster.getModelDump((String) null, true, "text"))) {
            trees.add(Tree.parse(text));
        }
        return trees;
    }

    @Override
    public void close() {
        booster.dispose();
        train.dispose();
        if (validation != null) {
            validation.dispose();
        }
    }
}
