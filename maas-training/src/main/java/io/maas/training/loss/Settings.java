package io.maas.training.loss;

import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** A name with those settings that are not the usual ones, such as {@code softmaxCrossEntropy(labelSmoothing=0.1)}. */
final class Settings {
    private final StringJoiner text;

    Settings(String name) {
        this.text = new StringJoiner(", ", name + "(", ")").setEmptyValue(name);
    }

    Settings with(String setting, @Nullable Object value, @Nullable Object usual) {
        if (!Objects.equals(value, usual)) {
            text.add(setting + "=" + value);
        }
        return this;
    }

    Settings with(String setting, List<Double> values) {
        return with(setting, values, List.of());
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
