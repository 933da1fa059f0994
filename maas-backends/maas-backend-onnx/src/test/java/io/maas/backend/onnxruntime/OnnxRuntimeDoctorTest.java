package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Diagnosis;
import io.maas.backend.Diagnosis.Outcome;
import io.maas.backend.Diagnosis.Trial;
import io.maas.backend.Doctor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OnnxRuntimeDoctorTest {
    @Test
    void theDoctorFindsThatItComputes() {
        Diagnosis diagnosis = Doctor.examine();

        assertThat(diagnosis.backends())
                .filteredOn(trial -> trial.type().equals(OnnxRuntimeBackend.class.getName()))
                .extracting(Trial::name, Trial::version, Trial::outcome, Trial::details)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("onnxruntime", "1.29.0", Outcome.WORKS, ""));
        assertThat(diagnosis.platform().cores()).isPositive();
        assertThat(diagnosis.toString()).contains("\nbackend: onnxruntime 1.29.0 works\n");
    }
}
