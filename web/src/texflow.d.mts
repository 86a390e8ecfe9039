// Types of texflow.mjs.
export type DType = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
export type Values = Float32Array | Int32Array | Uint8Array | string[];
export type NestedArray = number | boolean | string | NestedArray[];
export type PixelSource = ImageData | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** Values on the host, row-major. complex64 interleaves real and imaginary parts. */
export class Tensor {
  private constructor();
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly rank: number;
  readonly isDisposed: boolean;
  dataSync(): Values;
  data(): Promise<Values>;
  arraySync(): NestedArray;
  array(): Promise<NestedArray>;
  dispose(): void;
}
/** A picture gives its RGB bytes as int32 [height, width, 3]; with `shape` it is drawn resized to that height and width. */
export function tensor(values: Tensor | ArrayBufferView | NestedArray | PixelSource, shape?: number[], dtype?: DType): Tensor;

/** An input or output; `name` is its node's. */
export interface TensorInfo {
  name: string;
  dtype: DType;
  /** Unknown dimensions are -1; undefined when not even the rank is known. */
  shape?: number[];
}
/** The signature as model.json has it. */
export interface ModelSignature {
  inputs?: Record<string, SignatureEntry>;
  outputs?: Record<string, SignatureEntry>;
}
export interface SignatureEntry {
  name: string;
  dtype: string;
  tensorShape?: {dim?: {size: string | number}[]; unknownRank?: boolean};
}
export interface LoadOptions {
  /** Who computes: the GPU (as long as none is named), the host, or the one that is measured faster. */
  backend?: 'gl' | 'host' | 'auto';
  /** "tiered": the host computes until the programs are ready. "auto" always starts so. */
  start?: 'prepared' | 'tiered';
  onProgress?: (fraction: number) => void;
  fromTFHub?: boolean;
  requestInit?: RequestInit;
  fetchFunc?: (url: string, init?: RequestInit) => Promise<Response>;
  weightPathPrefix?: string;
  weightUrlConverter?: (name: string) => string | Promise<string>;
  /** Prepare as well, while the weights arrive: the promise is fulfilled when the first run has nothing left to do. */
  prepare?: boolean | PrepareOptions;
}
/** One piece of work of prepare(). */
export interface PrepareEvent {
  /** "plan", "compile", "link", "upload", "textures", "finish", "first draw", "warm-up", "dry run" or "done". */
  phase: string;
  /** Pieces of the phase that are done, of `total`. */
  done: number;
  total: number;
  /** The program that the piece was about, or ''. */
  program: string;
  ms: number;
  /** Of the whole prepare: never goes back, ends at 1. */
  fraction: number;
}
export interface PrepareOptions {
  /** One set of shapes by input name, or several to be ready for. */
  inputShapes?: Record<string, number[]> | Record<string, number[]>[];
  onProgress?: (event: PrepareEvent) => void;
  /** Aborted: prepare() is rejected with the signal's reason, everything is freed, and prepare() works again. */
  signal?: AbortSignal;
  /** Milliseconds of the thread's time in every frame; 8 by default. */
  budgetMs?: number;
  /** Keep the host's copy of the weights, which execute() needs for nodes that are not outputs; false by default. */
  keepWeights?: boolean;
}
export type Inputs = Tensor | Tensor[] | Record<string, Tensor>;
export type Outputs = Tensor | Tensor[] | Record<string, Tensor>;

/** docs/report.md describes every field; times in milliseconds. */
export interface Report {
  device: {backend: string; vendor: string; renderer: string; version: string; storage: string; stripes: number};
  phasesMs: {read: number; parse: number; plan: number; upload: number; compile: number; firstDraw: number; warmUp: number};
  firstRunMs: number;
  /** What computed each run that `runsMs` lists. */
  runTiers: ('gl' | 'host')[];
  lastTier: 'gl' | 'host' | null;
  prepareError: string;
  preparedBeforeRun: boolean;
  steadyMs: {n: number; median: number; p90: number; min: number};
  runsMs: number[];
  programs: {used: number; compiled: number; fromCache: number; shared: number; ms: {name: string; ms: number}[]};
  drawsPerRun: number;
  hostSteps: number;
  uploadedBytes: number;
  textureBytes: {weights: number; planned: number; peak: number; lowerBound: number};
}

/** The calls of every loaded model. */
export interface Model {
  /** Signature keys of inputs and outputs; nodes' names in models without a signature. */
  readonly inputNodes: string[];
  readonly outputNodes: string[];
  readonly signature?: ModelSignature;
  readonly modelSignature?: ModelSignature;
  readonly metadata?: Record<string, unknown>;
  prepare(options?: PrepareOptions): Promise<void>;
  predict(x: Inputs): Outputs;
  predictAsync(x: Inputs): Promise<Outputs>;
  execute(x: Inputs, outputs?: string | string[]): Tensor | Tensor[];
  executeAsync(x: Inputs, outputs?: string | string[]): Promise<Tensor | Tensor[]>;
  report(): Report;
  /** The programs of everything that has been prepared or run, for prepareFromManifest(). */
  manifest(): Manifest;
  dispose(): void;
}

export interface GraphModel extends Model {}
export class GraphModel {
  private constructor();
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
}

/** An input or output of a layers-model, where unknown dimensions are null. */
export type SymbolicTensor = Omit<TensorInfo, 'shape'> & {shape?: (number | null)[]};
/** A model of Keras layers. Its layers became a graph when it was loaded. */
export interface LayersModel extends Model {}
export class LayersModel {
  private constructor();
  /** What Keras called the model; '' where the file does not say. */
  readonly name: string;
  readonly inputs: SymbolicTensor[];
  readonly outputs: SymbolicTensor[];
  /** Names of the layers that inputs and outputs come from. */
  readonly inputNames: string[];
  readonly outputNames: string[];
  /** The same as predict(), which runs every batch as a whole. */
  predictOnBatch(x: Inputs): Outputs;
}
/** What IOHandler.load() gives: the fields of model.json beside the weights. */
export interface ModelArtifacts {
  modelTopology?: unknown;
  weightSpecs?: unknown[];
  weightData?: ArrayBuffer | ArrayBufferView | (ArrayBuffer | ArrayBufferView)[];
  signature?: unknown;
  userDefinedMetadata?: Record<string, unknown>;
  [field: string]: unknown;
}
export interface IOHandler {
  load(): ModelArtifacts | Promise<ModelArtifacts>;
}
export function loadGraphModel(source: string | IOHandler, options?: LoadOptions): Promise<GraphModel>;
export function loadLayersModel(source: string | IOHandler, options?: LoadOptions): Promise<LayersModel>;
/** A list of programs; JSON. */
export interface Manifest {
  version: number;
  programs: unknown[];
}
export interface ManifestOptions {
  signal?: AbortSignal;
  budgetMs?: number;
  fetchFunc?: (url: string, init?: RequestInit) => Promise<Response>;
  requestInit?: RequestInit;
}
/**
 * Compiles the programs of a model before it is loaded. `url`: a file with what manifest() gave, alone or under
 * userDefinedMetadata.texflow. One that is stale or wrong costs time and changes no result.
 */
export function prepareFromManifest(url: string, options?: ManifestOptions): Promise<{programs: number}>;
/** Before the first model is loaded. stripes: layers of a tensor texture; 0 lets the device decide. */
export function configure(options: {stripes?: 0 | 1 | 2 | 4 | 8; canvas?: OffscreenCanvas | HTMLCanvasElement}): void;
export const version: string;
