// Types of texflow.mjs.
export type DType = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
export type Values = Float32Array | Int32Array | Uint8Array | string[];
export type NestedArray = number | boolean | string | NestedArray[];
export type PixelSource = ImageData | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

export class Tensor {
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
export function tensor(values: Tensor | ArrayBufferView | NestedArray | PixelSource, shape?: number[], dtype?: DType): Tensor;

export interface Endpoint {
  name: string;
  node: string;
  dtype: DType;
  /** Unknown dimensions are -1; null when not even the rank is known. */
  shape: number[] | null;
}
export interface LoadOptions {
  onProgress?: (fraction: number) => void;
  fromTFHub?: boolean;
  requestInit?: RequestInit;
  fetchFunc?: typeof fetch;
  weightPathPrefix?: string;
  weightUrlConverter?: (name: string) => string | Promise<string>;
}
export interface PrepareEvent {
  phase: string;
  program: string;
  /** Never goes back, ends at 1. */
  fraction: number;
}
export interface PrepareOptions {
  inputShapes?: Record<string, number[]>;
  onProgress?: (event: PrepareEvent) => void;
  signal?: AbortSignal;
}
export type Inputs = Tensor | Tensor[] | Record<string, Tensor>;
export type Outputs = Tensor | Tensor[] | Record<string, Tensor>;

export class GraphModel {
  readonly inputs: Endpoint[];
  readonly outputs: Endpoint[];
  readonly signature: {
    inputs: Record<string, {name: string; dtype: DType; shape: number[] | null}>;
    outputs: Record<string, {name: string; dtype: DType; shape: number[] | null}>;
  };
  prepare(options?: PrepareOptions): Promise<void>;
  predict(x: Inputs): Outputs;
  predictAsync(x: Inputs): Promise<Outputs>;
  execute(x: Inputs, outputs?: string | string[]): Tensor | Tensor[];
  executeAsync(x: Inputs, outputs?: string | string[]): Promise<Tensor | Tensor[]>;
  report(): Record<string, unknown>;
  dispose(): void;
}
export interface IOHandler {
  load(): Promise<object>;
}
export function loadGraphModel(source: string | IOHandler, options?: LoadOptions): Promise<GraphModel>;
/** Before the first model is loaded. stripes: layers of a tensor texture; 0 lets the device decide. */
export function configure(options: {stripes?: 0 | 1 | 2 | 4 | 8}): void;
export const version: string;
