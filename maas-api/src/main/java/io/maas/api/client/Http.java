package io.maas.api.client;

import io.maas.api.client.Servers.Server;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one of the servers, and again where that is safe.
 *
 * <p>Thread-safe.
 */
final class Http {
    private static final int UNAVAILABLE = 503;

    private static final int TOO_MANY = 429;
    private static final int BAD_GATEWAY = 502;
    private static final Duration PROBE = Duration.ofSeconds(5);

    /** When a request may be sent a second time. */
    enum Again {
        /** Never. */
        NEVER,
        /** Where nobody has begun with it. */
        UNSTARTED,
        /** Also where it may have been carried out. */
        SAFE
    }

    /** What the network failed with, and at which server. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient URI server;
        private final Throwable failure;

        Broken(URI server, Throwable failure) {
            super(null, failure, false, false);
            this.server = server;
            this.failure = failure;
        }

        URI server() {
            return server;
        }

        Throwable failure() {
            return failure;
        }
    }

    private final Servers servers;
    private final ClientOptions options;
    private final HttpClient client;

    Http(Servers servers, ClientOptions options) {
        this.servers = servers;
        this.options = options;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(options.connectTimeout());
        SSLContext tls = Tls.context(options);
        this.client = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    Servers servers() {
        return servers;
    }

    /** One request through all its attempts. */
    private final class Sending<T> {
        private final HttpRequest request;
        private final String path;
        private final BodyHandler<T> handler;
        private final Again again;
        private final @Nullable Server only;
        private final Set<Server> tried = new HashSet<>();
        private final CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
        private int attempts;

        Sending(HttpRequest request, BodyHandler<T> handler, Again again, @Nullable Server only) {
            this.request = request;
            this.path =
                    request.uri().toString().substring(servers.first().base().length());
            this.handler = handler;
            this.again = again;
            this.only = only;
        }

        void attempt() {
            if (result.isDone()) {
                return;
            }
            attempts++;
            Server server = only == null ? servers.next(tried) : only;
            CompletableFuture<HttpResponse<T>> exchange = client.sendAsync(at(server), handler);
            // Cancelling the exchange itself, and nothing else, frees its connection.
            var unused = result.whenComplete((answer, thrown) -> {
                if (result.isCancelled()) {
                    exchange.cancel(true);
                }
            });
            var unusedToo = exchange.whenComplete((answer, thrown) -> {
                if (thrown != null) {
                    failed(server, Transport.cause(thrown));
                } else {
                    answered(server, answer);
                }
            });
        }

        private HttpRequest at(Server server) {
            HttpRequest.Builder builder =
                    HttpRequest.newBuilder(request, (name, value) -> true).uri(URI.create(server.base() + path));
            if (options.key() != null) {
                builder.setHeader("Authorization", "Bearer " + options.key());
            }
            return builder.build();
        }

        private void failed(Server server, Throwable cause) {
            boolean unstarted = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
            if (cause instanceof IOException) {
                servers.failed(server);
            }
            boolean isBroken = cause instanceof IOException && !(cause instanceof HttpTimeoutException);
            boolean may = unstarted ? again != Again.NEVER : again == Again.SAFE && isBroken;
            if (!may || !retry(server, null)) {
                result.completeExceptionally(new Broken(server.uri(), cause));
            }
        }

        private void answered(Server server, HttpResponse<T> answer) {
            int status = answer.statusCode();
            boolean isDown = status == BAD_GATEWAY || (status == UNAVAILABLE && retryAfter(answer) == null);
            if (isDown) {
                servers.failed(server);
            } else {
                servers.answered(server);
            }
            if (!isWorthAnother(status, answer) || !retry(server, retryAfter(answer))) {
                result.complete(answer);
            }
        }

        private boolean isWorthAnother(int status, HttpResponse<T> answer) {
            return switch (again) {
                case NEVER -> false;
                // Too busy to begin: another server may have room, and this one would not thank for being asked once
                // more.
                case UNSTARTED ->
                    status == UNAVAILABLE
                            && retryAfter(answer) != null
                            && only == null
                            && tried.size() + 1 < servers.size();
                case SAFE ->
                    status == UNAVAILABLE
                            || status == BAD_GATEWAY
                            || (status == TOO_MANY && retryAfter(answer) != null);
            };
        }

        /** Whether there will be another attempt. */
        private boolean retry(Server server, @Nullable Duration asked) {
            tried.add(server);
            if (attempts >= Math.max(options.retries().attempts(), only == null ? servers.size() : 1)) {
                return false;
            }
            if (only == null && tried.size() < servers.size()) {
                attempt();
                return true;
            }
            Duration pause = pause(asked);
            if (pause == null) {
                return false;
            }
            CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS)
                    .execute(this::attempt);
            return true;
        }

        private @Nullable Duration pause(@Nullable Duration asked) {
            ClientOptions.Retries retries = options.retries();
            if (asked != null && asked.compareTo(retries.longest()) > 0) {
                return null;
            }
            double doubled = (double) retries.pause().toNanos() * Math.pow(2, attempts - 1.0);
            double bounded = Math.min(doubled, (double) retries.longest().toNanos());
            Duration drawn = Duration.ofNanos(
                    (long) (bounded * ThreadLocalRandom.current().nextDouble(0.5, 1.5)));
            return asked == null || asked.compareTo(drawn) < 0 ? drawn : asked;
        }
    }

    /**
     * Sends a request.
     *
     * @param request to the first server; it goes to whichever is next
     * @param only the server that it must go to, null for any
     * @return ends with {@link Broken} where there is no answer; cancelling it frees the connection
     */
    <T> CompletableFuture<HttpResponse<T>> send(
            HttpRequest request, BodyHandler<T> handler, Again again, @Nullable Server only) {
        servers.toProbe().ifPresent(this::probe);
        Sending<T> sending = new Sending<>(request, handler, again, only);
        sending.attempt();
        return sending.result;
    }

    private void probe(Server server) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.base() + "/v2/health/ready"))
                .timeout(PROBE)
                .build();
        var unused = client.sendAsync(request, BodyHandlers.discarding()).whenComplete((answer, thrown) -> {
            if (thrown == null && answer.statusCode() == 200) {
                servers.answered(server);
            } else {
                servers.failed(server);
            }
        });
    }

    static @Nullable Duration retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("[0-9]{1,9}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(null);
    }

    /** What may be done with a request of a method. */
    static Again again(String method) {
        return Optional.of(method)
                .filter(Set.of("GET", "HEAD", "PUT")::contains)
                .map(safe -> Again.SAFE)
                .orElse(Again.UNSTARTED);
    }
}
