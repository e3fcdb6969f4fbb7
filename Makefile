# On a fresh machine `make study` and `make test` do all the set-up by themselves.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: study test test-slow test-real check lab bench golden lock demo clean

study: .venv/installed demo
	$(BIN)/workbench run params/demo.yaml

test: .venv/installed check demo
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not real"
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env -p no:cacheprovider notebooks/0[1-9]*.ipynb notebooks/00*.ipynb

test-slow: .venv/installed demo
	$(BIN)/python -m pytest -m "slow"

test-real: .venv/installed
	WORKBENCH_NO_SKIP=$(WORKBENCH_NO_SKIP),real $(BIN)/python -m pytest -m "real" -v

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify --keep-id --keep-count notebooks/*.ipynb
	$(BIN)/python -m house.notebook_shape
	$(BIN)/python -m house.environment
	$(BIN)/python -m house.params_table
	$(BIN)/python -m house.demo_params
	$(BIN)/python -m house.docs_agreement
	$(BIN)/python -m house.catalogues

lab: .venv/installed demo
	$(BIN)/workbench lab

bench: .venv/installed demo
	$(BIN)/python -m bench.costing --millions 1 10 --repeats 1
	$(BIN)/python -m bench.intake
	$(BIN)/python -m bench.excel
	$(BIN)/python -m bench.whole_study --millions 1 --customers 20000
	$(BIN)/python -m bench.wallets --seeds 5 --draws 50
	$(BIN)/python -m bench.notebooks
	$(BIN)/python -m bench.importance
	$(BIN)/python -m bench.survival
	$(BIN)/python -m bench.tariffs
	$(BIN)/python -m bench.growth

golden: .venv/installed demo
	$(BIN)/python -m house.golden --write

lock: .venv/installed
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url -o requirements.lock
	$(BIN)/python -m house.environment --spark | uv pip compile - --constraint requirements.lock --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements-spark.lock
	$(BIN)/python -m house.environment --write

demo: .demo/params.yaml

.demo/params.yaml: .venv/installed $(wildcard src/workbench/carrier/*.py)
	$(BIN)/workbench simulate .demo

.venv/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .demo .lab reports/*/
