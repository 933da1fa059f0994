package io.maas.api.job;

import io.maas.api.wire.JobRequest;
import java.util.Random;

/** Rows that can be learned, and jobs that learn them. */
public final class Visits {
    private Visits() {}

    /** Whether somebody comes depends on age and city; some ages are missing. */
    public static String csv(int rows) {
        Random random = new Random(7);
        StringBuilder text = new StringBuilder("age,city,comes\n");
        String[] cities = {"Rom", "Paris", "K\u00f6ln"};
        for (int i = 0; i < rows; i++) {
            int age = 20 + random.nextInt(40);
            int city = random.nextInt(cities.length);
            text.append(random.nextInt(10) == 0 ? "" : String.valueOf(age + 0.5))
                    .append(',')
                    .append(cities[city])
                    .append(',')
                    .append(age + 15 * city > 50 ? "yes" : "no")
                    .append('\n');
        }
        return text.toString();
    }

    /** A document with some members in place of others of the same name. */
    public static String document(String dataSet, int epochs, String more) {
        return """
                {"model": "visits", "data_set": "%s",
                 "features": [
                   {"type": "numbers", "columns": ["age"], "fill": "median", "indicate_missing": true, "scale": "standardize"},
                   {"type": "categories", "columns": ["city"], "unseen": "all_zero"}],
                 "target": {"column": "comes", "type": "classes"},
                 "split": {"type": "stratified", "column": "comes", "validation": 0.2, "test": 0.1, "seed": 3},
                 "network": [{"type": "dense", "units": 16}, {"type": "relu"}, {"type": "dropout", "rate": 0.1},
                             {"type": "dense", "units": 2}],
                 "loss": {"type": "softmax_cross_entropy"},
                 "optimizer": {"type": "adam", "learning_rate": 0.01},
                 "schedule": {"type": "cosine", "steps": 400, "floor": 0.1},
                 "metrics": [{"type": "f1"}],
                 "batch_size": 32, "epochs": %d, "seed": 11%s}
                """.formatted(dataSet, epochs, more);
    }

    public static JobRequest request(String dataSet, int epochs) {
        return JobRequest.parse(document(dataSet, epochs, ""));
    }
}
