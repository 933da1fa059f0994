package io.maas.api.server;

import io.maas.api.job.DataSetFormat;
import io.maas.api.job.DataSetUpload;
import io.maas.api.job.DataSets;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.DataSetList;
import io.maas.api.wire.Documents;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Data sets: in, what there is, out. Everybody who trains sees their own; who may train all models sees all. */
final class DataSetRoutes {
    private static final String PATH = "/api/datasets";
    private static final String ONE = PATH + "/:data_set";
    private static final String CSV = "text/csv";
    private static final List<String> TYPES =
            List.of(CSV, "application/jsonl", "application/x-ndjson", "application/ndjson");
    private static final List<String> PARAMETERS =
            List.of("name", "sha256", "separator", "decimal", "header", "missing", "text");
    private static final Access TRAINERS = Access.toAny(Role.TRAIN);

    private final DataSets sets;
    private final long maxBytes;

    /** Rows are read by one thread, beside those that serve models: it may take minutes. */
    private final WorkerExecutor readers;

    DataSetRoutes(DataSets sets, Vertx vertx, ServerLimits limits) {
        this.sets = sets;
        this.maxBytes = limits.maxUploadBytes();
        this.readers = vertx.createSharedWorkerExecutor("maas-datasets", 1, 1, TimeUnit.HOURS);
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.POST,
                        PATH,
                        TRAINERS,
                        "dataSetUpload",
                        "Keeps a file of CSV or JSON lines as a data set; it is there when this is answered, or not at all",
                        Route.Shape.of(byte[].class, DataSetInfo.class, PARAMETERS.toArray(String[]::new))
                                .withTypes(TYPES),
                        this::upload),
                new Route(
                        HttpMethod.GET,
                        PATH,
                        TRAINERS,
                        "dataSetList",
                        "The data sets that the caller may use",
                        Route.Shape.of(null, DataSetList.class),
                        Endpoint.blocking(exchange -> Reply.json(Documents.write(new DataSetList(sets.list().stream()
                                .filter(set -> isVisible(exchange.principal(), set))
                                .toList()))))),
                new Route(
                        HttpMethod.GET,
                        ONE,
                        TRAINERS,
                        "dataSetGet",
                        "What a data set is: columns, types, rows, hash",
                        Route.Shape.of(null, DataSetInfo.class),
                        Endpoint.blocking(exchange -> Reply.json(
                                Documents.write(visible(sets, exchange.principal(), exchange.path("data_set")))))),
                new Route(
                        HttpMethod.DELETE,
                        ONE,
                        TRAINERS,
                        "dataSetDelete",
                        "Deletes a data set that no job waits or runs with",
                        Route.Shape.of(null, DataSetInfo.class),
                        Endpoint.blocking(exchange -> {
                            DataSetInfo set = visible(sets, exchange.principal(), exchange.path("data_set"));
                            Conflicts.of(() -> sets.delete(set.id()));
                            return Reply.json(Documents.write(set));
                        })));
    }

    private static boolean isVisible(Principal principal, DataSetInfo set) {
        return principal.may(Role.TRAIN) || set.owner().equals(principal.name());
    }

    /** @throws ModelNotFoundException also if it is somebody else's, of which nobody else learns */
    static DataSetInfo visible(DataSets sets, Principal principal, String id) {
        return sets.find(id)
                .filter(set -> isVisible(principal, set))
                .orElseThrow(() -> new ModelNotFoundException(
                        "no data set " + Require.quote(id) + " (expected: the id of one that was uploaded)"));
    }

    // ---- in

    private Future<Reply> upload(Exchange exchange) {
        String type = Contents.type(exchange.request());
        String name = exchange.query("name")
                .orElseThrow(() -> new InvalidInputException(
                        "name: missing (expected: a name in the query, such as ?name=visits)"));
        DataSets.requireName(name);
        for (String parameter : exchange.request().params().names()) {
            if (!PARAMETERS.contains(parameter)) {
                throw new InvalidInputException("query has a parameter that is not known: " + Require.quote(parameter)
                        + " (expected: some of " + PARAMETERS + ")");
            }
        }
        exchange.about("name", name);
        DataSetFormat format = format(exchange, type);
        Optional<String> sha256 = exchange.query("sha256");
        String length = exchange.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && Long.parseLong(length) > maxBytes) {
            Inflow.refuseRest(exchange.request());
            throw tooLong();
        }
        Inflow.hold(exchange.request());
        return exchange.work(true, () -> sets.begin(maxBytes))
                .compose(upload -> Inflow.pour(exchange, piece -> take(upload, piece))
                        .compose(end -> complete(upload, name, format, exchange.principal(), sha256))
                        .recover(thrown -> {
                            Inflow.refuseRest(exchange.request());
                            return discarded(exchange, upload, thrown);
                        }));
    }

    /** Refused when nothing of it is left. */
    private static Future<Reply> discarded(Exchange exchange, DataSetUpload upload, Throwable why) {
        return exchange.work(true, () -> {
                    upload.close();
                    return true;
                })
                .transform(closed -> Future.failedFuture(why));
    }

    private void take(DataSetUpload upload, ByteBuffer piece) {
        if (upload.bytes() + piece.remaining() > maxBytes) {
            throw tooLong();
        }
        upload.write(piece);
    }

    private Failure.Refusal tooLong() {
        return new Failure.Refusal(
                413,
                "body_too_long",
                "data set is too long (expected: at most " + maxBytes + " bytes); take fewer rows");
    }

    private Future<Reply> complete(
            DataSetUpload upload, String name, DataSetFormat format, Principal owner, Optional<String> sha256) {
        return readers.executeBlocking(() ->
                Reply.json(Documents.write(sets.complete(upload, name, format, owner.name(), sha256.orElse(null)))));
    }

    private static DataSetFormat format(Exchange exchange, String type) {
        DataSetFormat standard = type.equals(CSV) ? DataSetFormat.csv() : DataSetFormat.jsonLines();
        try {
            DataSetFormat format = new DataSetFormat(
                    standard.kind(),
                    exchange.query("separator").orElse(standard.separator()),
                    exchange.query("decimal").orElse(standard.decimal()),
                    truth(exchange.query("header").orElse("true")),
                    names(exchange, "missing"),
                    names(exchange, "text"));
            format.check();
            return format;
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean truth(String text) {
        Require.that(text.equals("true") || text.equals("false"), "header", Require.quote(text), "true or false");
        return text.equals("true");
    }

    /** Names that commas separate. */
    private static List<String> names(Exchange exchange, String parameter) {
        return exchange.query(parameter).stream()
                .flatMap(list -> Arrays.stream(list.split(",")))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }
}
