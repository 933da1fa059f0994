package io.maas.api.server;

import io.maas.api.security.Role;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of all that can be asked: where, by whom, and who answers. Routing, authorization, the OpenAPI document and its
 * tests are all made from the same rows.
 *
 * @param path with parameters as Vert.x writes them, such as {@code /v2/models/:model}
 * @param id the name of the operation, unique in the table
 * @param about what it does, for people
 * @param shape what goes in and what comes out
 */
record Route(HttpMethod method, String path, Access access, String id, String about, Shape shape, Endpoint endpoint) {
    private static final Pattern PARAMETER = Pattern.compile(":([a-z][a-z0-9_]*)");

    /**
     * The documents of a route.
     *
     * @param query the names of parameters in the query
     * @param request what the body is: a record that is written as JSON, {@code byte[]} for anything else, null for no body
     * @param response the same of the answer
     * @param types what a body that is no record may say that it is; empty for anything
     * @param status of the answer
     */
    record Shape(
            List<String> query,
            @Nullable Class<?> request,
            @Nullable Class<?> response,
            List<String> types,
            int status) {
        static Shape of(@Nullable Class<?> request, @Nullable Class<?> response, String... query) {
            return new Shape(List.of(query), request, response, List.of(), 200);
        }

        Shape withTypes(List<String> only) {
            return new Shape(query, request, response, only, status);
        }

        Shape withStatus(int other) {
            return new Shape(query, request, response, types, other);
        }
    }

    /** Whether anything is another after it: who may only call models changes nothing. */
    boolean isChange() {
        return !method.equals(HttpMethod.GET)
                && !access.isPublic()
                && !access.roles().contains(Role.INFER);
    }

    /** Whether a model is run, which deployments hold against quotas of their own. */
    boolean isRun() {
        return method.equals(HttpMethod.POST) && access.roles().contains(Role.INFER);
    }

    /** The names of the parameters in the path. */
    List<String> parameters() {
        return PARAMETER.matcher(path).results().map(name -> name.group(1)).toList();
    }

    /** The path as OpenAPI writes it, such as {@code /v2/models/{model}}. */
    String template() {
        return PARAMETER.matcher(path).replaceAll("{$1}");
    }
}
