package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Authenticator;
import io.maas.api.security.Credentials;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallersTest {
    private static final Access ANY = Access.toAny(Role.INFER);
    private static final Principal WORKER = Principal.of("worker", Role.INFER);

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final Ticker ticker = new Ticker() {
        @Override
        public long read() {
            return nanos.get();
        }
    };
    private final Authenticator keys = credentials -> {
        asked.incrementAndGet();
        String bearer = credentials.bearer();
        if (bearer == null || bearer.startsWith("other")) {
            return Optional.empty();
        }
        if (!bearer.startsWith("right")) {
            throw new AuthenticationException("no");
        }
        return Optional.of(WORKER);
    };
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Callers callers = new Callers(
            keys, CallerLimits.defaults().withFailures(3, Duration.ofSeconds(2)).withRequests(2, 4), meters, ticker);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private Principal find(String bearer, String address) {
        return callers.find(new Credentials(bearer, null), address, ANY);
    }

    private void assertRefused(String bearer, String address, int status) {
        assertThatThrownBy(() -> find(bearer, address))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(status));
    }

    @Test
    void whoGuessesHasToRest() {
        for (int i = 0; i < 3; i++) {
            assertRefused("wrong" + i, "192.0.2.1", 401);
        }
        int before = asked.get();
        assertRefused("right", "192.0.2.1", 429);
        assertThat(asked.get()).as("no guess is even looked at").isEqualTo(before);
        assertThat(find("right", "192.0.2.2")).isEqualTo(WORKER);

        pass(Duration.ofSeconds(2));
        assertRefused("wrong", "192.0.2.1", 401);
        assertRefused("wrong", "192.0.2.1", 429);
        pass(Duration.ofSeconds(2));
        assertThat(find("right", "192.0.2.1")).isEqualTo(WORKER);
    }

    @Test
    void whoHasBeenRightBeforeDoesNotSufferFromOthers() {
        assertThat(find("right", "192.0.2.1")).isEqualTo(WORKER);
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> find("wrong", "192.0.2.1")).isInstanceOf(Failure.Refusal.class);
        }
        assertThat(find("right", "192.0.2.1")).isEqualTo(WORKER);
        assertRefused("right too", "192.0.2.1", 429);
    }

    @Test
    void tokensOfNoKindAreGuessesAndNoTokenIsNone() {
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> callers.find(new Credentials(null, null), "192.0.2.1", ANY))
                    .isInstanceOfSatisfying(
                            Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(401));
        }
        for (int i = 0; i < 3; i++) {
            assertRefused("other", "192.0.2.1", 401);
        }
        assertRefused("other", "192.0.2.1", 429);
    }

    @Test
    void addressesOfOneNetworkAreOne() {
        for (int i = 0; i < 3; i++) {
            assertRefused("wrong", "2001:db8:1:1::" + i, 401);
        }
        assertRefused("wrong", "2001:db8:1:1:ffff::1", 429);
        assertRefused("wrong", "2001:db8:1:2::1", 401);
        assertRefused("wrong", "::1", 401);
    }

    @Test
    void refusalsSayForHowLong() {
        for (int i = 0; i < 3; i++) {
            assertRefused("wrong", "192.0.2.1", 401);
        }
        assertThatThrownBy(() -> find("wrong", "192.0.2.1"))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.retryAfter).isEqualTo(Duration.ofSeconds(2)));
    }

    @Test
    void requestsOfOneCallerAreCountedAndOfRunsThoseThatNeverRan() {
        Route models = route(HttpMethod.GET, ANY);
        Route infer = route(HttpMethod.POST, Access.toModel(Role.INFER));
        for (int i = 0; i < 4; i++) {
            callers.require(WORKER, models, null);
        }
        assertThatThrownBy(() -> callers.require(WORKER, models, null))
                .isInstanceOfSatisfying(Failure.Refusal.class, e -> {
                    assertThat(e.status).isEqualTo(429);
                    assertThat(e.retryAfter).isEqualTo(Duration.ofMillis(500));
                });
        for (int i = 0; i < 10; i++) {
            assertThatCode(() -> callers.require(WORKER, infer, "m")).doesNotThrowAnyException();
        }
        for (int i = 0; i < 4; i++) {
            callers.wasted(WORKER);
        }
        assertThatThrownBy(() -> callers.require(WORKER, infer, "m"))
                .isInstanceOfSatisfying(
                        Failure.Refusal.class, e -> assertThat(e.status).isEqualTo(429));
        callers.require(Principal.of("another", Role.INFER), infer, "m");
        callers.require(Principal.of("another", Role.INFER), models, null);
        pass(Duration.ofMillis(500));
        callers.require(WORKER, infer, "m");
        callers.require(WORKER, models, null);
    }

    @Test
    void whereNobodyIsAskedNobodyIsCounted() {
        Callers open = new Callers(null, CallerLimits.defaults().withRequests(1, 1), null, ticker);
        Principal anybody = open.find(new Credentials("anything", null), "127.0.0.1", Access.toAll(Role.ADMIN));
        for (int i = 0; i < 10; i++) {
            open.require(anybody, route(HttpMethod.GET, ANY), null);
        }
        assertThat(anybody.may(Role.ADMIN)).isTrue();
    }

    @Test
    void probesNeedNoKeyAndTryNone() {
        assertThat(callers.find(new Credentials("wrong", null), "192.0.2.1", Access.PUBLIC)
                        .grants())
                .isEmpty();
        assertThat(asked.get()).isZero();
    }

    private static Route route(HttpMethod method, Access access) {
        return new Route(
                method,
                "/x",
                access,
                "x",
                "x",
                Route.Shape.of(null, null),
                Endpoint.quick(exchange -> Reply.json(new byte[0])));
    }

    @Test
    void whoIsRefusedIsCountedByWhatTheyShowed() {
        assertThat(find("right", "10.0.0.1")).isEqualTo(WORKER);
        assertThatThrownBy(() -> callers.find(new Credentials(null, null), "10.0.0.1", ANY))
                .isInstanceOf(Failure.Refusal.class);
        for (int i = 0; i < 2; i++) {
            assertRefused("wrong" + i, "10.0.0.1", 401);
        }
        assertRefused("a.b.c", "10.0.0.1", 401);
        assertRefused("wrong", "10.0.0.1", 429);

        assertThat(refused("none", "unauthenticated")).isEqualTo(1);
        assertThat(refused("key", "unauthenticated")).isEqualTo(2);
        assertThat(refused("token", "unauthenticated")).isEqualTo(1);
        assertThat(refused("key", "too_many_failures")).isEqualTo(1);
        assertThat(meters.get("maas.auth.refused").counters()).hasSize(4);
    }

    private double refused(String kind, String code) {
        return meters.get("maas.auth.refused")
                .tag("kind", kind)
                .tag("code", code)
                .counter()
                .count();
    }

    @Test
    void whoMayNotIsToldTheRolesAsTheyAreWrittenAndWhatTheyMustBeFor() {
        Principal nobody = Principal.of("anna");
        String start = "not allowed (expected: a caller with the role ";
        assertThatThrownBy(() -> Callers.requirePermitted(nobody, Access.toModel(Role.INFER, Role.DEPLOY), "m"))
                .hasMessage(start + "infer or deploy for this model)");
        assertThatThrownBy(() -> Callers.requirePermitted(nobody, Access.toAny(Role.DEPLOY), null))
                .hasMessage(start + "deploy for any model)");
        assertThatThrownBy(() -> Callers.requirePermitted(nobody, Access.toAll(Role.ADMIN), null))
                .hasMessage(start + "admin for all models)");
    }
}
