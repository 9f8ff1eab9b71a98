# A Docker Space: user 1000, port 7860, nothing written outside the home directory.
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    HF_HOME=/home/user/.cache/huggingface \
    PECMAE_CACHE=/home/user/.cache/pecmae \
    PECMAE_HOST=0.0.0.0 \
    PECMAE_PORT=7860 \
    PYTHONUNBUFFERED=1
WORKDIR /home/user/app

COPY --chown=user requirements.txt .
RUN pip install --no-cache-dir --user --index-url https://download.pytorch.org/whl/cpu torch==2.13.0 \
    && pip install --no-cache-dir --user -r requirements.txt

# MusiCNN's weights, so that the container can explain without a network.
COPY --chown=user pecmae pecmae
RUN python -m pecmae fetch

COPY --chown=user . .
EXPOSE 7860
CMD ["python", "app.py"]
