package io.maas.training.preprocessing;

import io.maas.tensor.Tensors;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/** Fits {@link DateParts}: means and deviations, if they are asked for. */
final class DateFitting implements Fitting {
    private final List<RawColumn> columns;
    private final String output;
    private final DateParts.Settings settings;
    private final List<List<Moments>> moments = new ArrayList<>();
    private boolean done;

    DateFitting(List<RawColumn> columns, String output, DateParts.Settings settings) {
        this.columns = columns;
        this.output = output;
        this.settings = settings;
        for (int i = 0; i < columns.size(); i++) {
            moments.add(settings.parts().stream().map(part -> new Moments()).toList());
        }
        this.done = !settings.standardized();
    }

    @Override
    public boolean isWanting() {
        return !done;
    }

    @Override
    public void see(Tensors rows, int firstRow) {
        for (int i = 0; i < columns.size(); i++) {
            for (String text : columns.get(i).in(rows).strings()) {
                LocalDateTime time = DateText.parse(text);
                for (int part = 0; time != null && part < settings.parts().size(); part++) {
                    moments.get(i).get(part).see(settings.parts().get(part).of(time));
                }
            }
        }
    }

    @Override
    public void endPass() {
        done = true;
    }

    @Override
    public Encoder fitted() {
        List<List<PartRule>> rules = new ArrayList<>();
        for (List<Moments> column : moments) {
            List<PartRule> ofColumn = new ArrayList<>();
            for (int i = 0; i < column.size(); i++) {
                DatePart part = settings.parts().get(i);
                double deviation = column.get(i).deviation();
                boolean scaled = settings.standardized() && !settings.isCyclic(part);
                ofColumn.add(new PartRule(
                        part,
                        settings.isCyclic(part),
                        scaled ? column.get(i).mean() : 0,
                        scaled && deviation > 0 ? deviation : 1));
            }
            rules.add(ofColumn);
        }
        return new DateEncoder(columns, output, settings, rules);
    }
}
