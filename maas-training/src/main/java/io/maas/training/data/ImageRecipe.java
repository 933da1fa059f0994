package io.maas.training.data;

import com.google.common.primitives.Doubles;
import io.maas.adapter.AdapterTags;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a model wants its images, as tags of its artifact: {@code image.size}, {@code image.colours}, {@code image.max-pixels}, {@code
 * image.shorter-side}, {@code image.means} and {@code image.deviations}. It is brought to its size, its values go from 0 to 1, and then
 * {@code (x - mean) / deviation} of each channel; a model of uint8 gets the pixels as they are.
 *
 * <p>Immutable and thread-safe.
 *
 * @param options size and colours
 * @param shorterSide the length in pixels that the shorter side gets first, whereupon the middle is cut out in the final size; 0 to
 *     stretch the whole image to that size
 * @param means one a channel, or none for 0
 * @param deviations as many, positive
 */
public record ImageRecipe(ImageOptions options, int shorterSide, List<Double> means, List<Double> deviations) {
    private static final String PREFIX = "image";
    private static final Set<String> TAGS =
            Set.of("size", "colours", "max-pixels", "shorter-side", "means", "deviations");

    private enum Colours {
        RGB,
        GREY
    }

    public ImageRecipe {
        means = List.copyOf(means);
        deviations = List.copyOf(deviations);
        Require.that(
                shorterSide == 0 || shorterSide >= Math.max(options.height(), options.width()),
                "shorterSide",
                shorterSide,
                "0, or at least " + options.height() + " and " + options.width());
        Require.that(
                means.size() == deviations.size() && (means.isEmpty() || means.size() == options.channels()),
                "means and deviations",
                means + " and " + deviations,
                "one for each of the " + options.channels() + " channels, or none");
        deviations.forEach(each -> Require.positive(each, "deviation"));
    }

    /** Images stretched to a size, from 0 to 1. */
    public static ImageRecipe of(ImageOptions options) {
        return new ImageRecipe(options, 0, List.of(), List.of());
    }

    /** The middle of images whose shorter side has this length first. */
    public ImageRecipe withShorterSide(int pixels) {
        return new ImageRecipe(options, pixels, means, deviations);
    }

    /** With values from 0 to 1 moved and scaled, as the network was trained. */
    public ImageRecipe normalized(double[] theMeans, double[] theDeviations) {
        return new ImageRecipe(options, shorterSide, Doubles.asList(theMeans), Doubles.asList(theDeviations));
    }

    /** The artifact with this as its tags. */
    public Artifact on(Artifact artifact) {
        Artifact tagged = artifact.withTag(PREFIX + ".size", options.height() + "x" + options.width())
                .withTag(PREFIX + ".colours", options.grey() ? "grey" : "rgb")
                .withTag(PREFIX + ".max-pixels", String.valueOf(options.maxPixels()));
        if (shorterSide > 0) {
            tagged = tagged.withTag(PREFIX + ".shorter-side", String.valueOf(shorterSide));
        }
        return means.isEmpty()
                ? tagged
                : tagged.withTag(PREFIX + ".means", joined(means)).withTag(PREFIX + ".deviations", joined(deviations));
    }

    private static String joined(List<Double> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    static boolean isOn(Artifact artifact) {
        return artifact.manifest().tags().keySet().stream().anyMatch(tag -> tag.startsWith(PREFIX + "."));
    }

    /**
     * The recipe that an artifact has as its tags.
     *
     * @throws ArtifactRejectedException if they are damaged
     */
    static ImageRecipe from(Artifact artifact) {
        AdapterTags tags = new AdapterTags(artifact, PREFIX, TAGS);
        String size = tags.text("size", "");
        if (!size.matches("[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")) {
            throw tags.failure("size", "height x width in pixels, such as 224x224");
        }
        int[] sides =
                Arrays.stream(size.split("x", -1)).mapToInt(Integer::parseInt).toArray();
        boolean grey = tags.choice("colours", Colours.RGB) == Colours.GREY;
        int maxPixels = tags.positive("max-pixels", (int) ImageOptions.DEFAULT_MAX_PIXELS);
        int shorter = tags.find("shorter-side") == null ? 0 : tags.positive("shorter-side", 1);
        try {
            return new ImageRecipe(
                    new ImageOptions(sides[0], sides[1], grey, false, maxPixels),
                    shorter,
                    Doubles.asList(tags.numbers("means")),
                    Doubles.asList(tags.numbers("deviations")));
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException("tags " + PREFIX + ".*: " + e.getMessage() + "; publish it again", e);
        }
    }
}
