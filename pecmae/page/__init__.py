"""The explorer's web page, built with Gradio."""
