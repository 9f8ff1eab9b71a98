// Generated from the server's pydantic models by `python tests/page/api_types.py`. Don't edit.

/**
 * How a bundle classifies a clip.
 *
 * Attributes:
 *     class_id: The class with the highest score.
 *     nearest: Id of the nearest prototype.
 *     scores: The scores of all classes, in the bundle's order.
 */
export interface Answer {
  said: string;
  nearest: string;
  scores: number[];
}
/**
 * The effect of shuffling blocks of one length.
 *
 * Attributes:
 *     block_ms: Length of the blocks.
 *     kept: Fraction of segments whose decision stays the same.
 *     right: Fraction of shuffled segments that are classified correctly.
 */
export interface BlockResult {
  block_ms: number;
  kept: Interval;
  right: number;
}
/**
 * A value and the ends of its 95 % interval.
 */
export interface Interval {
  value: number;
  low: number;
  high: number;
}
/**
 * A bundle with its prototypes and those training segments that have sound, or all of them if none has.
 */
export interface BundleMap {
  name: string;
  version: string;
  title: string;
  licence: string;
  /**
   * One sentence on the training data.
   */
  trained_on: string;
  /**
   * One sentence on how far the scores can be trusted on other music.
   */
  caution: string;
  /**
   * The classes, in the order of all lists over classes.
   */
  classes: ClassInfo[];
  prototypes_per_class: number;
  segment_s: number;
  adaptor: boolean;
  /**
   * Whether the sounds of training segments are recorded or decoded from their embeddings.
   */
  point_sounds: "recorded" | "decoded";
  metrics: Metrics;
  /**
   * The tracks of these training segments.
   */
  tracks: TrackInfo[];
  points: PointColumns;
  prototypes: PrototypeDetails[];
}
/**
 * A class of the classifier: a stable `id`, and the `label` that people read.
 */
export interface ClassInfo {
  id: string;
  label: string;
}
/**
 * All results; what wasn't measured is empty or None.
 *
 * Attributes:
 *     balanced_accuracy: Balanced accuracy of tracks, by part of the test split, then by classifier.
 *     n_neighbours: k of the kNN classifier, chosen on the validation split.
 *     evaluations: Details of the same.
 *     cycle_consistency: How the bundle's own classifier recognises its decoded prototypes.
 *     listener: How an independent classifier recognises them.
 *     map_trustworthiness: How far neighbourhoods on the map can be trusted.
 *     evaluation: Sections of the report of `pecmae evaluate`.
 */
export interface Metrics {
  balanced_accuracy: {
    [k: string]: {
      [k: string]: number;
    };
  };
  n_neighbours: number | null;
  evaluations: {
    [k: string]: {
      [k: string]: ClassifierMetrics;
    };
  };
  cycle_consistency: Recognition | null;
  listener: ListenerRecognition | null;
  map_trustworthiness: MapTrustworthiness | null;
  evaluation: {
    [k: string]: unknown;
  };
}
/**
 * How well one classifier does on one part of the test split.
 *
 * Attributes:
 *     balanced_accuracy: Of tracks: the mean recall of the classes.
 *     balanced_accuracy_low: Lower end of its 95 % interval by bootstrap over tracks; None if it wasn't computed.
 *     balanced_accuracy_high: Upper end.
 *     segment_balanced_accuracy: Of single segments.
 *     recall: Of tracks, by class id; None for a class without tracks.
 *     confusion: Counts of tracks, with a row per true class.
 *     n_tracks: Number of tracks.
 *     n_segments: Number of segments.
 */
export interface ClassifierMetrics {
  balanced_accuracy: number;
  balanced_accuracy_low: number | null;
  balanced_accuracy_high: number | null;
  segment_balanced_accuracy: number;
  recall: {
    [k: string]: number | null;
  };
  confusion: number[][];
  n_tracks: number;
  n_segments: number;
}
/**
 * How many decoded prototypes are assigned their own class, over several seeds of the sampler's noise.
 *
 * Attributes:
 *     n_right: Number of sounds that are assigned the class of their prototype.
 *     n_total: Number of sounds: prototypes times seeds.
 *     seeds: Every seed that was run.
 *     low: Lower end of the Wilson 95 % interval of the ratio.
 *     high: Upper end.
 */
export interface Recognition {
  n_right: number;
  n_total: number;
  seeds: number[];
  low: number;
  high: number;
}
/**
 * The same by an independent listener, which no part of the model learns from.
 *
 * Attributes:
 *     accuracy_on_recordings: Its accuracy on segments as recorded: what it can reach at all.
 *     accuracy_on_decoded: Its accuracy on the same segments, decoded from their embeddings.
 *     n_recordings: Number of those segments.
 */
export interface ListenerRecognition {
  n_right: number;
  n_total: number;
  seeds: number[];
  low: number;
  high: number;
  accuracy_on_recordings: number;
  accuracy_on_decoded: number | null;
  n_recordings: number;
}
/**
 * Whether neighbours on the map are neighbours in the model's space too.
 *
 * Attributes:
 *     value: Trustworthiness (Venna and Kaski, 2001). It is 1 if the nearest neighbours of every training segment on
 *         the map are also its nearest in the model's space, and about 0.5 if the map is drawn at random.
 *     n_neighbours: Number of nearest neighbours.
 *     n_segments: Number of training segments that were compared.
 */
export interface MapTrustworthiness {
  value: number;
  n_neighbours: number;
  n_segments: number;
}
/**
 * A training track.
 */
export interface TrackInfo {
  id: string;
  title: string;
}
/**
 * Training segments by column: the entries at one position of all lists belong to one segment.
 */
export interface PointColumns {
  ids: string[];
  /**
   * Positions of their classes in the bundle's `classes`.
   */
  class_index: number[];
  /**
   * Positions of their tracks in `tracks`.
   */
  track_index: number[];
  start_s: number[];
  map: [number, number][];
  /**
   * Items: Address of the sound; null if the bundle has none.
   */
  audio: (string | null)[];
}
/**
 * A prototype.
 */
export interface PrototypeDetails {
  id: string;
  /**
   * Id of the class.
   */
  class: string;
  /**
   * Number of the prototype within its class.
   */
  index: number;
  /**
   * Ratio of its class's training segments to which it is the nearest prototype of the class.
   */
  segment_ratio: number;
  /**
   * Class that the bundle assigns to its decoded sound.
   */
  decoded_class: string | null;
  /**
   * Score of that class.
   */
  decoded_score: number | null;
  /**
   * Ids of the nearest training segments with sound, nearest first.
   */
  nearest: string[];
  /**
   * Their distances.
   */
  nearest_distances: number[];
  /**
   * Id of the farthest training segment with sound of its class.
   */
  farthest: string | null;
  /**
   * Its distance.
   */
  farthest_distance: number | null;
  /**
   * Distance to each prototype of its class, in their order; 0 to itself.
   */
  class_distances: number[];
  /**
   * Weight of its similarity for each class.
   */
  weights: number[];
  /**
   * Place on the map. Distances on the map mean nothing.
   *
   * @minItems 2
   * @maxItems 2
   */
  map: [number, number];
  /**
   * Address of the sound; null if the bundle has none.
   */
  audio: string | null;
}
/**
 * A bundle as a whole.
 */
export interface BundleOverview {
  name: string;
  version: string;
  /**
   * Cells that aren't empty, of the training segments, which the model has seen; by class, then predicted class.
   */
  training_confusion: ConfusionCell[];
  /**
   * Mean distance of the training segments of a row's class to the nearest prototype of a column's class.
   */
  class_distances: number[][];
  /**
   * Number of pairs of prototypes.
   */
  n_pairs: number;
  /**
   * Number of pairs that are near duplicates.
   */
  n_near_duplicates: number;
  /**
   * The 10 nearest pairs of prototypes.
   */
  nearest_pairs: NearPair[];
  /**
   * The model card in Markdown, without its front matter; null if the bundle has none.
   */
  model_card: string | null;
}
/**
 * The training segments of one class to which the model gives one class.
 */
export interface ConfusionCell {
  /**
   * Id of the class.
   */
  class: string;
  /**
   * Id of the class that the model gives to them.
   */
  predicted: string;
  n_segments: number;
  tracks: ConfusedTrack[];
}
/**
 * A training track, as far as it is in one cell of the confusion matrix.
 */
export interface ConfusedTrack {
  id: string;
  title: string;
  /**
   * Number of its segments in the cell.
   */
  n_segments: number;
  /**
   * Ids of those of them that have sound.
   */
  points: string[];
}
/**
 * Two prototypes that are near each other.
 */
export interface NearPair {
  /**
   * @minItems 2
   * @maxItems 2
   */
  ids: [string, string];
  distance: number;
  /**
   * Distance of the training segment that is nearest to either of them.
   */
  nearest_segment: number;
  /**
   * Whether they are nearer to each other than any training segment is to either of them.
   */
  is_near_duplicate: boolean;
}
/**
 * The bundle that explained the clip.
 */
export interface BundleVersion {
  name: string;
  version: string;
}
/**
 * How often the listener names the right class, for the sounds of one class or of all.
 *
 * Attributes:
 *     recorded: Accuracy on segments as recorded, with an interval over tracks.
 *     decoded: Accuracy on the same segments, decoded from their embeddings.
 *     prototypes: Number of decoded prototypes, over all noise seeds, that are given their own class.
 */
export interface ClassFigures {
  recorded: Interval;
  decoded: Interval;
  prototypes: Proportion;
}
/**
 * How many of a number of cases are right, and the ends of the 95 % interval of their ratio.
 */
export interface Proportion {
  n_right: number;
  n_total: number;
  low: number;
  high: number;
  /**
   * The ratio of right cases, between 0 and 1.
   */
  value: number;
}
/**
 * The clip that was explained.
 */
export interface ClipSummary {
  name: string;
  duration_s: number;
  /**
   * Sample rate of the original file, in Hz.
   */
  sample_rate: number;
  /**
   * Number of channels of the original file, which are averaged.
   */
  channels: number;
  /**
   * Length of the part that was analysed.
   */
  analysed_s: number;
  /**
   * Sentences on how the clip was treated, such as silence that was left out.
   */
  notes: string[];
}
/**
 * The score of the piece `score`, played by the band of the piece `band`; `instruments` lists those that play.
 */
export interface CounterfactualClip {
  id: string;
  score: string;
  band: string;
  instruments: string[];
  sha256: string;
}
/**
 * The index.
 *
 * Attributes:
 *     classes: Ids of the classes, in order.
 *     n_sets: Number of pieces per class.
 *     seed: Seed of everything random.
 *     excerpt_s: Length of a clip in seconds.
 *     block_ms: Length of the blocks of the shuffled pieces.
 *     licence: Licence of the sounds.
 *     attribution: Credits of the soundfonts.
 *     pieces: Set by set, each in the order of the classes.
 *     clips: By score, then band, set by set.
 *     shuffled: One per class, of the first set.
 *     schema: Version of the format.
 */
export interface CounterfactualSet {
  classes: string[];
  n_sets: number;
  seed: number;
  excerpt_s: number;
  block_ms: number;
  licence: string;
  attribution: string;
  pieces: Piece[];
  clips: CounterfactualClip[];
  shuffled: ShuffledPiece[];
  schema: "pecmae.counterfactuals/1";
}
/**
 * A composed piece and its band.
 *
 * Attributes:
 *     id: Such as `blues-1`.
 *     class_id: Its class.
 *     set: Number of its set, from 1.
 *     title: Name of the composition with key and tempo.
 *     arrangement: Which of the class's arrangements it is.
 *     start_s: Where in the piece the excerpts begin.
 *     band: Name of its orchestration.
 *     soundfont: The soundfont of the band.
 */
export interface Piece {
  id: string;
  class_id: string;
  set: number;
  title: string;
  arrangement: string;
  start_s: number;
  band: string;
  soundfont: string;
}
/**
 * A piece as composed, with the blocks of each segment in random order.
 */
export interface ShuffledPiece {
  piece: string;
  sha256: string;
}
/**
 * A download of pretrained weights that is under way.
 */
export interface Download {
  /**
   * `musicnn`, or the autoencoder that needs the weights.
   */
  name: string;
  /**
   * Received of the current file.
   */
  received_bytes: number;
  /**
   * Size of the current file; 0 while it is unknown.
   */
  total_bytes: number;
}
/**
 * What is wrong.
 */
export interface ErrorDetail {
  /**
   * Stable identifier for programs.
   */
  code: string;
  /**
   * One sentence for people: what is wrong and what to do.
   */
  message: string;
}
/**
 * The body of every error.
 */
export interface ErrorResponse {
  error: ErrorDetail;
}
/**
 * The classifier's decision on a clip and the reasons for it.
 *
 * Lists over classes are in the order of `classes`. For every class, the sum of the prototypes' contributions plus the
 * bias is the logit, to 1e-4.
 */
export interface Explanation {
  schema: "pecmae.explanation/2";
  bundle: BundleVersion;
  clip: ClipSummary;
  /**
   * Ids of the classes.
   */
  classes: string[];
  /**
   * Mean over the voting segments.
   */
  logits: number[];
  /**
   * Softmax of the logits.
   */
  scores: number[];
  bias: number[];
  /**
   * Every prototype, in the bundle's order.
   */
  prototypes: PrototypeEvidence[];
  /**
   * Segments that cover the whole clip, in order of time; the last one may overlap the one before.
   */
  segments: SegmentExplanation[];
  /**
   * The nearest training segments, nearest first.
   */
  neighbours: Neighbour[];
  /**
   * Place of the mean embedding of the voting segments.
   *
   * @minItems 2
   * @maxItems 2
   */
  map: [number, number];
  novelty: Novelty;
}
/**
 * How similar the clip is to a prototype, and what that contributes to the logit of each class.
 */
export interface PrototypeEvidence {
  id: string;
  class_id: string;
  /**
   * Number of the prototype within its class.
   */
  index: number;
  /**
   * -ln(similarity).
   */
  distance: number;
  /**
   * Mean over the voting segments of exp(-d), where d is the distance of a segment.
   */
  similarity: number;
  /**
   * Similarity times the prototype's weight, for each class.
   */
  contributions: number[];
}
/**
 * One segment by itself. The values of a silent segment have no influence on those of the clip.
 */
export interface SegmentExplanation {
  start_s: number;
  end_s: number;
  /**
   * Whether the level is below -60 dBFS (root mean square); such a segment doesn't vote.
   */
  is_silent: boolean;
  logits: number[];
  scores: number[];
  /**
   * Distance to each prototype: the mean over dimensions of the squared difference of normalised embeddings.
   */
  distances: number[];
  /**
   * Id of the nearest prototype.
   */
  nearest: string;
  /**
   * @minItems 2
   * @maxItems 2
   */
  map: [number, number];
}
/**
 * A training segment near the clip.
 */
export interface Neighbour {
  id: string;
  class_id: string;
  /**
   * Title of its track.
   */
  title: string;
  /**
   * Where in its track it begins.
   */
  start_s: number;
  /**
   * Mean over the voting segments of the squared distance.
   */
  distance: number;
  /**
   * @minItems 2
   * @maxItems 2
   */
  map: [number, number];
  /**
   * Whether the bundle contains its sound.
   */
  has_audio: boolean;
}
/**
 * Whether the clip is unlike all music that the bundle learned from, and how far it is from its own prototypes.
 */
export interface Novelty {
  /**
   * Whether `score` is above 1. If so, the classes' scores only say which class comes closest.
   */
  is_novel: boolean;
  /**
   * 0 for the median of held-out music of the bundle's kind, novel above 1. Null if the bundle isn't calibrated.
   */
  score: number | null;
  /**
   * Mean over the voting segments of the distance to the nearest prototype of the predicted class.
   */
  distance: number;
  /**
   * Percentage of the class's training segments that are nearer to their nearest prototype.
   */
  percentile: number;
  class_id: string;
}
/**
 * What the decisions follow where the score and the band of a clip are of different classes.
 *
 * Attributes:
 *     n_clips: Number of clips whose score and band are of different classes.
 *     n_scores: Number of different scores among them.
 *     chance: The ratio to expect for `band` and `score` if a model follows neither.
 *     band: Ratio of the clips that are classified as the class of the band.
 *     score: Ratio of the clips that are classified as the class of the score.
 *     neither: Ratio of the clips that are classified as another class.
 *     band_probability: Mean probability of the class of the band.
 *     score_probability: Mean probability of the class of the score.
 *     as_composed: Ratio of the clips on the diagonal that are classified correctly.
 */
export interface Following {
  n_clips: number;
  n_scores: number;
  chance: number;
  band: Interval;
  score: Interval;
  neither: Interval;
  band_probability: Interval;
  score_probability: Interval;
  as_composed: Interval;
}
/**
 * Whether the server can explain.
 */
export interface Health {
  /**
   * `unavailable` because of `error`.
   */
  status: "ok" | "loading" | "unavailable";
  version: string;
  bundles: string[];
  error: ErrorDetail | null;
  /**
   * The weights that are being fetched; explaining may have to wait for them.
   */
  download: Download | null;
}
/**
 * What the listener says of all sounds and of each class.
 *
 * Attributes:
 *     kept: Accuracy on decoded segments divided by that on the recordings.
 *     by_class: Figures by class id.
 *     n_training_segments: Number of recorded segments that the probe learned from.
 *     is_cross_validated: Whether judged tracks are among these, so that each was judged by a probe of other tracks.
 *     n_segments: Number of judged segments.
 *     seeds: The noise seeds of the prototypes.
 *     frechet_decoded: Fréchet distance, in the listener's features, of decoded segments to the recordings of others.
 *     frechet_recorded: Distance of the recordings of the former to the same: what equal music would reach.
 */
export interface ListenerFigures {
  recorded: Interval;
  decoded: Interval;
  prototypes: Proportion;
  kept: Interval;
  by_class: {
    [k: string]: ClassFigures;
  };
  n_training_segments: number;
  is_cross_validated: boolean;
  n_segments: number;
  seeds: number[];
  frechet_decoded: number;
  frechet_recorded: number;
}
/**
 * A tag and its probability, the mean over segments; those of all tags don't add up to 1.
 */
export interface Tag {
  name: string;
  probability: number;
}
/**
 * What MusiCNN, trained on the Million Song Dataset, hears in a clip, independently of any bundle.
 */
export interface TagList {
  /**
   * All 50 tags, the most probable first.
   */
  tags: Tag[];
}
/**
 * The effect of shuffling.
 *
 * Attributes:
 *     n_segments: Number of segments.
 *     n_tracks: Number of tracks that they are from.
 *     right: Fraction of the unshuffled segments that are classified correctly.
 *     neighbours: Fraction of neighbouring segments of a track with the same decision; None if there are none.
 *     blocks: Results by length of the blocks.
 */
export interface TimeResult {
  n_segments: number;
  n_tracks: number;
  right: number;
  neighbours: Interval | null;
  blocks: BlockResult[];
}
