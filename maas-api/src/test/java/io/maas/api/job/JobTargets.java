package io.maas.api.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.maas.api.fuzz.FuzzTarget;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobRequest;
import io.maas.error.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Data sets and what is to be learnt from them. */
public final class JobTargets {
    private static final DataSetInfo DATA = new DataSetInfo(
            "visits-1",
            "visits",
            "csv",
            1,
            "0",
            1,
            List.of(
                    new DataSetInfo.Column("age", "number"),
                    new DataSetInfo.Column("count", "integer"),
                    new DataSetInfo.Column("city", "text"),
                    new DataSetInfo.Column("comes", "text")),
            "me",
            "2026-01-31T10:20:30Z");

    private JobTargets() {}

    public static List<FuzzTarget> all() {
        return List.of(csv(), jsonLines(), jobs(), files());
    }

    private static FuzzTarget csv() {
        List<DataSetFormat> formats = List.of(
                DataSetFormat.csv(),
                new DataSetFormat("csv", "tab", ",", true, List.of("NA"), List.of("city")),
                new DataSetFormat("csv", ";", ",", false, List.of(), List.of()));
        return rows(
                "csv",
                formats,
                List.of(
                        "age,city,comes\n1.5,\"a \"\"b\"\"\nc\",yes\n,Bern,no\n-2e3,NaN,yes\n",
                        "age\tcity\n1,5\tBern\nNA\t7\n",
                        "1;2\r\n3;4\r\n"));
    }

    private static FuzzTarget jsonLines() {
        return rows(
                "jsonlines",
                List.of(
                        DataSetFormat.jsonLines(),
                        new DataSetFormat("jsonl", ",", ".", true, List.of("NA"), List.of("city"))),
                List.of(
                        "{\"age\":1.5,\"city\":\"Bern\",\"n\":9007199254740993}\n{\"age\":null,\"city\":\"\",\"n\":-1}\n",
                        "{\"city\":7,\"a\":true}\n{\"city\":\"NA\",\"a\":false}\n",
                        // As an encoding that nobody knows begins.
                        "\0\0" + "0\0"));
    }

    private static FuzzTarget rows(String name, List<DataSetFormat> formats, List<String> seeds) {
        Path file = file(name);
        List<byte[]> kinds = new ArrayList<>();
        for (int i = 0; i < seeds.size(); i++) {
            kinds.add(FuzzTarget.kind(i, seeds.get(i).getBytes(UTF_8)));
        }
        return FuzzTarget.of(
                name,
                kinds,
                input -> {
                    Files.write(file, FuzzTarget.rest(input));
                    formats.get(FuzzTarget.kind(input, formats.size())).read(file);
                },
                InvalidInputException.class);
    }

    private static FuzzTarget jobs() {
        return FuzzTarget.of(
                "jobs",
                FuzzTarget.texts(
                        Visits.document("visits-1", 3, ", \"budget\": {\"seconds\": 5, \"parameters\": 9}"),
                        Visits.document(
                                "visits-1",
                                3,
                                ", \"early_stopping\": {\"patience\": 2, \"metric\": {\"type\": \"f1\", \"average\": \"macro\"}},"
                                        + " \"checkpoints\": {\"every_epochs\": 2, \"every_steps\": 7}"),
                        """
                        {"model": "m", "data_set": "d", "target": {"column": "comes", "type": "binary", "positive": "yes", "labels": false},
                         "features": [{"type": "numbers", "columns": ["age"], "clip": [0, 1], "log1p": true},
                          {"type": "bins", "columns": ["count"], "edges": [1, 2.5]}, {"type": "hash", "columns": ["city"], "buckets": 8},
                          {"type": "dates", "columns": ["city"], "parts": ["month"], "cyclic": true}],
                         "split": {"type": "grouped", "column": "city", "validation": 0.2},
                         "network": [{"type": "conv", "channels": 3, "kernel": [3, 3], "stride": 2, "padding": "same"},
                          {"type": "lstm", "hidden": 4, "both_directions": true}, {"type": "reshape", "row": [2, -1]},
                          {"type": "parallel", "axis": -1, "branches": [{"layers": [{"type": "gelu"}]}, {"layers": []}]},
                          {"type": "attention", "heads": 2, "dropout": 0.1}, {"type": "permute", "axes": [2, 1]}],
                         "loss": {"type": "binary_focal", "gamma": 2, "l2": 0.1}, "optimizer": {"type": "sgd", "learning_rate": 0.1,
                          "momentum": 0.9, "nesterov": true, "clip_norm": 1, "accumulate": 4},
                         "schedule": {"type": "sequence", "phases": [{"type": "warm_up", "steps": 5}, {"type": "cosine", "steps": 50}]},
                         "metrics": [{"type": "f_beta", "beta": 2}, {"type": "roc_auc"}]}""",
                        """
                        {"model": "m", "data_set": "d", "fine_tune": {"model": "m", "version": "champion", "freeze": ["*dense_1*"],
                          "rates": {"*dense_2*": 0.5}, "inputs": {"x": ["age", "count"]}, "lora": {"rank": 2, "alpha": 4, "patterns": ["*"]},
                          "head": [{"type": "dense", "units": 2}], "classes": ["a", "b"]},
                         "target": {"column": "comes", "type": "classes"}, "split": {"type": "random", "validation": 0.2},
                         "loss": {"type": "softmax_cross_entropy", "label_smoothing": 0.1, "class_weights": [1, 2]},
                         "optimizer": {"type": "adam_w", "learning_rate": 0.0001, "weight_decay": 0.1}}"""),
                input -> Recipe.read(
                        Documents.read(input, JobRequest.class),
                        DATA,
                        JobOptions.defaults().budget()),
                InvalidInputException.class);
    }

    /** What lies beside a job and a data set on disk. */
    private static FuzzTarget files() {
        return FuzzTarget.of(
                "jobfiles",
                List.of(
                        FuzzTarget.kind(0, Documents.write(new DataSets.Entry(DATA, DataSetFormat.csv()))),
                        FuzzTarget.kind(1, """
                                {"info":{"id":"j","model":"m","data_set":"d","state":"queued","submitted_by":"a",
                                 "submitted":"2026-01-31T10:20:30Z","resumable":false,"metrics":{}},"threads":1,"spent":0.5,"order":1}""".getBytes(UTF_8))),
                input -> {
                    Class<?> kind = FuzzTarget.kind(input, 2) == 0 ? DataSets.Entry.class : JobFile.class;
                    Documents.read(FuzzTarget.rest(input), kind);
                },
                InvalidInputException.class);
    }

    private static Path file(String name) {
        try {
            Path file = Files.createTempFile("maas-" + name, ".data");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
