package io.maas.api.job;

import java.util.ArrayList;
import java.util.List;

/** Documents that want more of a server than to train, or that are no jobs. */
public final class HostileJobs {
    /** What stands in a good document, and what stands there instead. */
    private static final String[][] CHANGES = {
        // Names of classes, scripts, paths and addresses.
        {"\"type\": \"dense\", \"units\": 16", "\"type\": \"io.maas.api.job.Trap\""},
        {
            "\"type\": \"dense\", \"units\": 16",
            "\"@class\": \"io.maas.api.job.Trap\", \"type\": \"dense\", \"units\": 16"
        },
        {"\"type\": \"dense\", \"units\": 16", "\"class\": \"io.maas.api.job.Trap\""},
        {"\"type\": \"relu\"", "\"type\": \"lambda\", \"code\": \"Runtime.getRuntime().exec('id')\""},
        {"\"type\": \"relu\"", "\"type\": \"relu\", \"script\": \"touch /tmp/x\""},
        {"{\"type\": \"relu\"}", "[\"io.maas.api.job.Trap\", {}]"},
        {"{\"type\": \"relu\"}", "\"relu\""},
        {"{\"type\": \"relu\"}", "null"},
        {"{\"type\": \"relu\"}", "{}"},
        {"\"type\": \"adam\"", "\"type\": \"io.maas.training.optimizer.Adam\""},
        {"\"type\": \"softmax_cross_entropy\"", "\"type\": \"${jndi:ldap://127.0.0.1/x}\""},
        {"\"type\": \"f1\"", "\"type\": \"../../f1\""},
        {"\"model\": \"visits\"", "\"model\": \"../visits\""},
        {"\"model\": \"visits\"", "\"model\": \"/etc/passwd\""},
        {"\"model\": \"visits\"", "\"model\": \"\""},
        {"\"model\": \"visits\"", "\"model\": null"},
        {"\"model\": \"visits\"", "\"model\": 7"},
        {"\"model\": \"visits\"", "\"model\": \"visits\", \"model\": \"other\""},
        {"\"model\": \"visits\"", "\"model\": \"visits\", \"checkpoint_folder\": \"/tmp\""},
        {"\"data_set\": \"", "\"data_set\": \"file:///etc/passwd"},
        {"\"data_set\": \"", "\"data_set\": \"../"},
        {"\"data_set\": \"", "\"data_set\": \"none-"},
        // Sizes.
        {"\"units\": 16", "\"units\": 0"},
        {"\"units\": 16", "\"units\": -1"},
        {"\"units\": 16", "\"units\": 2147483648"},
        {"\"units\": 16", "\"units\": 9223372036854775807"},
        {"\"units\": 16", "\"units\": 9223372036854775808"},
        {"\"units\": 16", "\"units\": 1" + "0".repeat(400)},
        {"\"units\": 16", "\"units\": 1" + "0".repeat(2000)},
        {"\"units\": 16", "\"units\": 16.5"},
        {"\"units\": 16", "\"units\": 1e3"},
        {"\"units\": 16", "\"units\": \"16\""},
        {"\"units\": 16", "\"units\": [16]"},
        {"\"units\": 16", "\"units\": true"},
        {"\"units\": 16", "\"units\": null"},
        {"\"batch_size\": 32", "\"batch_size\": 0"},
        {"\"batch_size\": 32", "\"batch_size\": -32"},
        {"\"batch_size\": 32", "\"batch_size\": 2000000000"},
        {"\"batch_size\": 32", "\"batch_size\": 99999999999"},
        {"\"epochs\": 3", "\"epochs\": 0"},
        {"\"epochs\": 3", "\"epochs\": 2000000000"},
        {"\"epochs\": 3", "\"epochs\": 3.5"},
        {"\"seed\": 11", "\"seed\": 9223372036854775808"},
        {"\"seed\": 11", "\"seed\": \"now\""},
        // Numbers that are none.
        {"\"rate\": 0.1", "\"rate\": 1"},
        {"\"rate\": 0.1", "\"rate\": -0.1"},
        {"\"rate\": 0.1", "\"rate\": NaN"},
        {"\"rate\": 0.1", "\"rate\": \"NaN\""},
        {"\"rate\": 0.1", "\"rate\": 1e999"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": 0"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": -1"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": Infinity"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": 1e400"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": 0.01, \"beta2\": 1.0"},
        {"\"learning_rate\": 0.01", "\"learning_rate\": 0.01, \"clip_norm\": -1"},
        {"\"steps\": 400", "\"steps\": 0"},
        {"\"steps\": 400", "\"steps\": -1"},
        {"\"floor\": 0.1", "\"floor\": 2"},
        // What does not fit the data set, or itself.
        {"\"columns\": [\"age\"]", "\"columns\": [\"nothing\"]"},
        {"\"columns\": [\"age\"]", "\"columns\": []"},
        {"\"columns\": [\"age\"]", "\"columns\": [\"age\", \"age\"]"},
        {"\"columns\": [\"age\"]", "\"columns\": [\"city\"]"},
        {"\"columns\": [\"age\"]", "\"columns\": [\"age\", 7]"},
        {"\"columns\": [\"city\"]", "\"columns\": [\"comes\"]"},
        {"\"target\": {\"column\": \"comes\"", "\"target\": {\"column\": \"nothing\""},
        {"\"comes\", \"type\": \"classes\"", "\"age\", \"type\": \"classes\""},
        {"\"comes\", \"type\": \"classes\"", "\"comes\", \"type\": \"number\""},
        {"\"comes\", \"type\": \"classes\"", "\"comes\", \"type\": \"binary\", \"positive\": \"yes\""},
        {"\"validation\": 0.2", "\"validation\": 0.95"},
        {"\"validation\": 0.2", "\"validation\": -0.2"},
        {"\"type\": \"stratified\"", "\"type\": \"random\""},
        {"\"seed\": 11", "\"seed\": 11, \"early_stopping\": {\"patience\": 0}"},
        {"\"seed\": 11", "\"seed\": 11, \"early_stopping\": {\"patience\": 3, \"metric\": {\"type\": \"x\"}}"},
        {"\"seed\": 11", "\"seed\": 11, \"checkpoints\": {\"every_steps\": 0}"},
        {"\"seed\": 11", "\"seed\": 11, \"checkpoints\": {\"folder\": \"/tmp\"}"},
        {"\"seed\": 11", "\"seed\": 11, \"budget\": {\"seconds\": 1e9}"},
        {"\"seed\": 11", "\"seed\": 11, \"budget\": {\"seconds\": -1}"},
        {"\"seed\": 11", "\"seed\": 11, \"budget\": {\"parameters\": 1000000000000}"},
        {"\"seed\": 11", "\"seed\": 11, \"budget\": {\"steps\": 0}"},
        {"\"seed\": 11", "\"seed\": 11, \"budget\": {\"threads\": 64}"},
        {"\"seed\": 11", "\"seed\": 11, \"fine_tune\": {\"model\": \"visits\", \"version\": \"1\"}"},
        {"\"network\": [", "\"network\": [], \"x\": ["},
        {"\"features\": [", "\"features\": [], \"x\": ["},
        {"\"network\": [", "\"fine_tune\": {\"model\": \"../x\", \"version\": \"1\"}, \"x\": ["},
    };

    private HostileJobs() {}

    /**
     * All of them.
     *
     * @param dataSet of {@link Visits}
     */
    public static List<String> documents(String dataSet) {
        String good = Visits.document(dataSet, 3, "");
        List<String> documents = new ArrayList<>();
        for (String[] change : CHANGES) {
            String changed = good.replace(change[0], change[1]);
            if (changed.equals(good)) {
                throw new AssertionError("stands nowhere: " + change[0]);
            }
            documents.add(changed);
        }
        String layer = "{\"type\": \"relu\"}";
        documents.add(good.replace(layer, String.join(",", java.util.Collections.nCopies(300, layer))));
        documents.add(good.replace(layer, nested(layer, 9)));
        documents.add(good.replace(layer, nested(layer, 40)));
        documents.add(good.replace(layer, nested(layer, 5_000)));
        documents.add("[".repeat(100_000));
        documents.add("{\"model\":".repeat(10_000));
        documents.add("");
        documents.add("null");
        documents.add("[]");
        documents.add("{}");
        documents.add(good + good);
        documents.add(good.substring(0, good.length() / 2));
        documents.add(good.replace("\"seed\": 11", "\"seed\": 11, \"description\": \"" + "x".repeat(2_000) + "\""));
        documents.add(good.replace("\"seed\": 11", "\"seed\": 11, \"description\": \"" + "x".repeat(2_000_000) + "\""));
        documents.addAll(tunings(dataSet));
        return documents;
    }

    private static String nested(String layer, int depth) {
        return "{\"type\": \"residual\", \"layers\": [".repeat(depth) + layer + "]}".repeat(depth);
    }

    private static List<String> tunings(String dataSet) {
        return List.of(
                        "\"model\": \"nothing\", \"version\": \"1\"",
                        "\"model\": \"visits\"",
                        "\"model\": \"visits\", \"version\": 1",
                        "\"model\": \"visits\", \"version\": \"../1\"",
                        "\"model\": \"visits\", \"version\": \"1\", \"freeze\": [\"regex:(a+)+b\"]",
                        "\"model\": \"visits\", \"version\": \"1\", \"freeze\": [\"*a*a*a*a*a*\"]",
                        "\"model\": \"visits\", \"version\": \"1\", \"lora\": {\"rank\": -1, \"patterns\": [\"*\"]}",
                        "\"model\": \"visits\", \"version\": \"1\", \"rates\": {\"head\": -1}",
                        "\"model\": \"visits\", \"version\": \"1\", \"onnx\": \"/etc/passwd\"")
                .stream()
                .map(tune -> """
                        {"model": "visits", "data_set": "%s", "fine_tune": {%s},
                         "target": {"column": "comes", "type": "classes"},
                         "loss": {"type": "softmax_cross_entropy"}, "optimizer": {"type": "sgd", "learning_rate": 1}}
                        """.formatted(dataSet, tune))
                .toList();
    }
}
