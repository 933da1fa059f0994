package io.maas.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.model.RequestOptions;
import java.math.BigInteger;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallParametersTest {
    private static final CallParameters NONE = CallParameters.none();

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 10", "2, 0", "3, -10", "102, -1000", "9223372036854775807, -1000"})
    void oneIsTheHighestPriorityAndZeroTheUsualOne(long level, int priority) {
        assertThat(NONE.with("priority", level).options("me").priority()).isEqualTo(priority);
    }

    @Test
    void prioritiesOfThisLibraryKeepTheirOrder() {
        int[] priorities = {1000, 1, 0, -1, -11, -1000};
        Integer last = null;
        for (int priority : priorities) {
            CallParameters sent = CallParameters.of(RequestOptions.none().withPriority(priority));
            int arrived = sent.options("me").priority();
            assertThat(Integer.signum(arrived)).as("%d", priority).isEqualTo(Integer.signum(priority));
            assertThat(last == null || arrived <= last).as("%d", priority).isTrue();
            last = arrived;
        }
    }

    @Test
    void numbersThatAreNoCountsAreRefused() {
        for (Object value : new Object[] {-1L, 1.5, "1", true, BigInteger.ONE.shiftLeft(70).negate()}) {
            assertThatThrownBy(() -> NONE.with("priority", value))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessage("parameters.priority is not a count (expected: 1 for the highest, 0 for the usual one)");
        }
        assertThat(NONE.with("timeout", BigInteger.ONE.shiftLeft(63)).timeout()).isEqualTo(Duration.ofDays(365));
    }

    @Test
    void sequencesAreSaidNotToBeThere() {
        assertThat(NONE.with("sequence_id", 0L).with("sequence_id", "").with("sequence_start", false)).isEqualTo(NONE);
        for (Object id : new Object[] {1L, "a", BigInteger.ONE.shiftLeft(63)}) {
            assertThatThrownBy(() -> NONE.with("sequence_id", id))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageStartingWith("parameters.sequence_id is not supported");
        }
        assertThatThrownBy(() -> NONE.with("sequence_end", true)).isInstanceOf(UnsupportedRequestException.class);
    }

    @Test
    void theShorterOfTwoTimeoutsHolds() {
        CallParameters second = NONE.withTimeout(Duration.ofSeconds(1));
        assertThat(second.within(Duration.ofSeconds(2))).isEqualTo(second);
        assertThat(second.within(null)).isEqualTo(second);
        assertThat(second.within(Duration.ofMillis(1)).timeout()).isEqualTo(Duration.ofMillis(1));
        assertThat(NONE.within(Duration.ofMillis(1)).timeout()).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void keysAreTextsOfSomeLength() {
        assertThat(NONE.with("sticky_key", "ann").options("me"))
                .isEqualTo(RequestOptions.none().withCaller("me").withKey("ann"));
        for (Object key : new Object[] {"", "k".repeat(1025), 7L}) {
            assertThatThrownBy(() -> NONE.with("sticky_key", key)).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void whatIsNotKnownIsLetPass() {
        assertThat(NONE.with("mine", 1.5).with("headers", "x").with("triton_x", true)).isEqualTo(NONE);
    }
}
