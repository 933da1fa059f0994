package io.maas.api.server;

import io.maas.Maas;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.Documents;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.RegistryException;
import io.vertx.core.Future;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

/**
 * Calls of the registry and of deployments for callers from outside, always on a worker's thread. What a method throws at the program
 * that calls it is here the fault of whoever asked, and is told; what is wrong with the store stays between the server and its log.
 */
final class Calls {
    private static final String STORED = "stored file ";
    private static final Pattern FILE = Pattern.compile("stored file .*? is (damaged|missing)", Pattern.DOTALL);

    /** For requests that change something: no form of a page can send it. */
    private static final int MAX_DOCUMENT = 1 << 20;

    private static final byte[] NOTHING = {'{', '}'};

    private final Maas maas;

    Calls(Maas maas) {
        this.maas = maas;
    }

    Maas maas() {
        return maas;
    }

    /** What is made by a call and a body of the kind that a route takes. */
    interface Change<T> {
        Object of(Exchange exchange, T document) throws Exception;
    }

    /** What is made by a call without a body. */
    interface Question {
        Object of(Exchange exchange) throws Exception;
    }

    /** Answers with the record that a call gives. */
    Endpoint asking(Question question) {
        return exchange -> call(exchange, () -> question.of(exchange)).map(Calls::document);
    }

    /**
     * Takes a document, which must say that it is JSON, and answers with the record that a call gives. No body at all is a document in which
     * everything is left out.
     */
    <T> Endpoint changing(Class<T> type, Change<T> change) {
        return exchange -> {
            requireJson(exchange);
            return exchange.body(MAX_DOCUMENT)
                    .compose(body -> call(
                            exchange,
                            () -> change.of(exchange, Documents.read(body.length == 0 ? NOTHING : body, type))))
                    .map(Calls::document);
        };
    }

    /** As {@link #changing}, where the address says everything; the body is not looked at. */
    Endpoint changing(Question change) {
        return exchange -> {
            requireJson(exchange);
            return exchange.body(MAX_DOCUMENT)
                    .compose(body -> call(exchange, () -> change.of(exchange)))
                    .map(Calls::document);
        };
    }

    private static Reply document(Object record) {
        return record instanceof Reply reply ? reply : Reply.json(Documents.write(record));
    }

    /** Runs a call on a worker's thread. */
    <T> Future<T> call(Exchange exchange, Callable<T> call) {
        return exchange.work(true, () -> {
            try {
                return call.call();
            } catch (IllegalArgumentException e) {
                throw new Failure.Refusal(400, "invalid_argument", String.valueOf(e.getMessage()));
            } catch (IllegalStateException e) {
                if (isClosed()) {
                    throw e;
                }
                throw new Failure.Refusal(409, "conflict", String.valueOf(e.getMessage()));
            } catch (DuplicateVersionException e) {
                exchange.request().response().putHeader("X-Existing-Version", Integer.toString(e.existingVersion()));
                throw e;
            } catch (ArtifactRejectedException e) {
                throw inside(e);
            }
        });
    }

    /** A damage in the store is not the caller's fault, and its message says where files are. */
    static RuntimeException inside(ArtifactRejectedException e) {
        return String.valueOf(e.getMessage()).startsWith(STORED)
                ? new RegistryException("a version in the registry is damaged", e)
                : e;
    }

    private boolean isClosed() {
        try {
            maas.deployments();
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** Whether somebody may know of a model. */
    static boolean sees(Principal principal, String model) {
        for (Role role : Role.values()) {
            if (principal.may(role, model)) {
                return true;
            }
        }
        return false;
    }

    /** What may be said of a failure that lies in the past: not where files are. */
    static String told(String message) {
        return FILE.matcher(message).replaceAll("a stored file is $1");
    }

    static void requireJson(Exchange exchange) {
        requireType(exchange, Reply.JSON);
    }

    static void requireType(Exchange exchange, String type) {
        String given = Contents.type(exchange.request());
        if (!given.equals(type)) {
            throw Contents.unsupported(given, type);
        }
    }
}
