package io.maas.api.server;

import io.maas.api.job.JobLog;
import io.maas.api.job.TrainingJobs;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.api.wire.JobEvent;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobList;
import io.maas.api.wire.JobRequest;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Training jobs: in, how they stand, what happens to them, out. Who may train a model sees its jobs, and nobody else's. */
final class JobRoutes {
    private static final String PATH = "/api/jobs";
    private static final String ONE = PATH + "/:job";

    /** Of a job's document: it names things, and holds no data. */
    private static final int MAX_DOCUMENT = 1 << 20;

    private static final Access TRAINERS = Access.toAny(Role.TRAIN);
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");
    private static final List<String> STATES = List.of("queued", "running", "succeeded", "failed", "cancelled");
    private static final int GONE_QUIET = 204;

    /** Shorter than what proxies take for a dead connection. */
    private static final long HEARTBEAT_MILLIS = 15_000;

    private final TrainingJobs jobs;
    private final EventStream.Care care;
    private final int maxDocument;

    JobRoutes(TrainingJobs jobs, Health health, ServerLimits limits) {
        this.jobs = jobs;
        long idle = limits.idleTimeout().toMillis();
        this.care = new EventStream.Care(health, Math.max(1, Math.min(HEARTBEAT_MILLIS, idle / 3)));
        this.maxDocument = Math.min(MAX_DOCUMENT, limits.maxBodyBytes());
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        HttpMethod.POST,
                        PATH,
                        TRAINERS,
                        "jobSubmit",
                        "Adds a training job to the queue; needs the role for the model that it is to publish",
                        Route.Shape.of(JobRequest.class, JobInfo.class),
                        this::submit),
                new Route(
                        HttpMethod.GET,
                        PATH,
                        TRAINERS,
                        "jobList",
                        "The jobs of the models that the caller may train",
                        Route.Shape.of(null, JobList.class, "state", "model"),
                        Endpoint.blocking(this::list)),
                one(HttpMethod.GET, "", "jobGet", "How a job stands", jobs::get),
                new Route(
                        HttpMethod.GET,
                        ONE + "/events",
                        TRAINERS,
                        "jobEvents",
                        "What happens to a job, as server-sent events; goes on behind the header Last-Event-ID",
                        Route.Shape.of(null, JobEvent.class, "after"),
                        this::events),
                new Route(
                        HttpMethod.GET,
                        ONE + "/logs",
                        TRAINERS,
                        "jobLogs",
                        "What happened to a job, as JSON lines",
                        Route.Shape.of(null, JobEvent.class, "after"),
                        this::logs),
                one(HttpMethod.POST, "/cancel", "jobCancel", "Ends a job that waits or runs", jobs::cancel),
                one(
                        HttpMethod.POST,
                        "/resume",
                        "jobResume",
                        "Puts a job that was broken off into the queue again",
                        id -> Conflicts.of(() -> jobs.resume(id))),
                one(HttpMethod.DELETE, "", "jobDelete", "Forgets a job that is over", id -> {
                    JobInfo info = jobs.get(id);
                    Conflicts.of(() -> jobs.delete(id));
                    return info;
                }));
    }

    private Route one(HttpMethod method, String suffix, String id, String about, Function<String, JobInfo> action) {
        return new Route(
                method,
                ONE + suffix,
                TRAINERS,
                id,
                about,
                Route.Shape.of(null, JobInfo.class),
                Endpoint.blocking(exchange -> Reply.json(Documents.write(action.apply(visible(exchange))))));
    }

    /** @throws ModelNotFoundException also if the caller may not train its model, and so learns nothing of it */
    private String visible(Exchange exchange) {
        String id = exchange.path("job");
        return jobs.find(id)
                .filter(job -> exchange.principal().may(Role.TRAIN, job.model()))
                .map(JobInfo::id)
                .orElseThrow(() -> new ModelNotFoundException(
                        "no job " + Require.quote(id) + " (expected: the id of one that was submitted)"));
    }

    // ---- in

    private Future<Reply> submit(Exchange exchange) {
        return exchange.body(maxDocument)
                .compose(body -> exchange.work(true, () -> {
                    JobRequest request = Documents.read(body, JobRequest.class);
                    requireAllowed(exchange.principal(), request);
                    return jobs.submit(request, exchange.principal().name());
                }))
                .compose(job -> {
                    exchange.about("job", job.id());
                    return exchange.work(true, () -> Reply.json(Documents.write(job)));
                });
    }

    private void requireAllowed(Principal principal, JobRequest request) {
        requireTrain(principal, request.model());
        if (request.fineTune() != null && request.fineTune().get("model") instanceof String parent) {
            // What comes out is for the most part that version.
            requireTrain(principal, parent);
        }
        var unused = DataSetRoutes.visible(jobs.dataSets(), principal, request.dataSet());
    }

    private static void requireTrain(Principal principal, String model) {
        if (!principal.may(Role.TRAIN, model)) {
            throw new Failure.Refusal(
                    403,
                    "forbidden",
                    "not allowed (expected: a caller with the role train for model " + Require.quote(model) + ")");
        }
    }

    // ---- what there is

    private Reply list(Exchange exchange) {
        Optional<String> state = exchange.query("state");
        Optional<String> model = exchange.query("model");
        if (state.isPresent() && !STATES.contains(state.get())) {
            throw new InvalidInputException(
                    "state: " + Require.quote(state.get()) + " (expected: one of " + STATES + ")");
        }
        return Reply.json(Documents.write(new JobList(jobs.list().stream()
                .filter(job -> exchange.principal().may(Role.TRAIN, job.model()))
                .filter(job -> state.isEmpty() || state.get().equals(job.state()))
                .filter(job -> model.isEmpty() || model.get().equals(job.model()))
                .map(JobInfo::brief)
                .toList())));
    }

    static long place(Exchange exchange) {
        String given = exchange.header("Last-Event-ID")
                .or(() -> exchange.query("after"))
                .orElse("0");
        if (!PLACE.matcher(given).matches()) {
            throw new InvalidInputException(
                    "Last-Event-ID: " + Require.quote(given) + " (expected: the id of an event of this job)");
        }
        return Long.parseLong(given);
    }

    private Future<Reply> events(Exchange exchange) {
        return exchange.work(true, () -> {
            String id = visible(exchange);
            JobLog log = jobs.log(id);
            long from = place(exchange);
            boolean over = jobs.get(id).over();
            boolean nothing = log.read(from, 1).isEmpty();
            if (over && nothing) {
                // Browsers ask again and again after anything else.
                return Reply.of(GONE_QUIET, EventStream.TYPE, new byte[0]);
            }
            return Reply.stream(
                            EventStream.TYPE,
                            new EventStream(
                                    exchange,
                                    care,
                                    log,
                                    watched(id, jobs.get(id).model()),
                                    from))
                    .withHeader("Cache-Control", "no-store");
        });
    }

    private EventStream.Watched watched(String id, String model) {
        return new EventStream.Watched() {
            @Override
            public boolean isOver() {
                return jobs.find(id).map(JobInfo::over).orElse(true);
            }

            @Override
            public void require(Principal principal) {
                requireTrain(principal, model);
            }
        };
    }

    private Future<Reply> logs(Exchange exchange) {
        return exchange.work(true, () -> {
            JobLog log = jobs.log(visible(exchange));
            return Reply.stream("application/x-ndjson", new LogStream(exchange, log, place(exchange), log.end()));
        });
    }
}
